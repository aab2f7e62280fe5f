/** Maximum over windows of `[height, time]` without padding; the first maximum of a window (row-major) wins the gradient. */
import type { OpDefinition } from '../definition.ts';
import { checkShape, formatShape, sameShape, type Shape, shapeError, sizeOf } from '../shape.ts';
import type { OpAttributes, Value } from '../types.ts';
import { createValue } from '../value.ts';

type PoolAttributes = OpAttributes['max-pool'];

function pooledShape(x: Shape, { size, stride }: PoolAttributes): Shape {
  if (x.length !== 4) shapeError('max-pool', `got ${formatShape(x)}, wanted [channel, batch, height, time]`);
  checkShape('max-pool size and stride', [...size, ...stride]);
  const result = [x[0]!, x[1]!, Math.floor((x[2]! - size[0]) / stride[0]) + 1, Math.floor((x[3]! - size[1]) / stride[1]) + 1];
  if (result[2]! < 1 || result[3]! < 1) shapeError('max-pool', `got ${formatShape(x)}, wanted at least one window of ${formatShape(size)}`);
  return result;
}

/** The maximum of every `size` window, `stride` apart (side by side unless told). */
export function maxPool(x: Value, size: readonly [number, number], stride: readonly [number, number] = size): Value<'max-pool'> {
  return createValue('max-pool', [x], { size, stride }, pooledShape(x.shape, { size, stride }));
}

/** The gradient of the input of a max-pool: x, upstream -> shape of x. */
export function maxPoolGradient(x: Value, upstream: Value, attributes: PoolAttributes): Value<'max-pool-gradient'> {
  const wanted = pooledShape(x.shape, attributes);
  if (!sameShape(wanted, upstream.shape)) shapeError('max-pool-gradient', `got upstream ${formatShape(upstream.shape)}, wanted ${formatShape(wanted)}`);
  return createValue('max-pool-gradient', [x, upstream], attributes, x.shape);
}

/** For every window, in row-major order of the result, the linear index of its first maximum. */
function winners(x: Float64Array, shape: Shape, pooled: Shape, { size, stride }: PoolAttributes): Int32Array {
  const [, , height, time] = shape as [number, number, number, number];
  const [channels, batch, rows, columns] = pooled as [number, number, number, number];
  const result = new Int32Array(sizeOf(pooled));
  for (let plane = 0, at = 0; plane < channels * batch; plane++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, at++) {
        const first = (plane * height + row * stride[0]) * time + column * stride[1];
        let best = first;
        for (let h = 0; h < size[0]; h++) {
          for (let t = 0; t < size[1]; t++) {
            const candidate = first + h * time + t;
            if (x[candidate]! > x[best]!) best = candidate;
          }
        }
        result[at] = best;
      }
    }
  }
  return result;
}

export const maxPoolOp: OpDefinition<'max-pool'> = {
  gradient: (upstream, { inputs, attributes }) => [maxPoolGradient(inputs[0]!, upstream, attributes)],
  evaluate: ([x], { inputs, attributes, shape }) => Float64Array.from(winners(x!, inputs[0]!.shape, shape, attributes), (index) => x![index]!),
};

export const maxPoolGradientOp: OpDefinition<'max-pool-gradient'> = {
  gradient: 'none',
  evaluate: ([x, dy], { inputs, attributes, shape }) => {
    const dx = new Float64Array(sizeOf(shape));
    winners(x!, shape, inputs[1]!.shape, attributes).forEach((index, at) => {
      dx[index]! += dy![at]!;
    });
    return dx;
  },
};
