/** Tensors joined along one axis. */
import type { OpDefinition } from '../definition.ts';
import { checkAxes, formatShape, shapeError, sizeOf, stridesOf, visitStrided } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';
import { slice } from './slice.ts';

/** The operands one after another along `axis`; every other axis has the same size in all of them. */
export function concat(operands: readonly Value[], axis: number): Value<'concat'> {
  const [first] = operands;
  if (first === undefined) shapeError('concat', 'got no operands, wanted at least one');
  checkAxes('concat', [axis], first.shape.length);
  const fits = operands.every(({ shape }) => shape.length === first.shape.length && shape.every((size, at) => at === axis || size === first.shape[at]));
  if (!fits) shapeError('concat', `got ${operands.map(({ shape }) => formatShape(shape)).join(', ')}, wanted equal sizes but on axis ${axis}`);
  const length = operands.reduce((total, { shape }) => total + shape[axis]!, 0);
  return createValue(
    'concat',
    operands,
    { axis },
    first.shape.map((size, at) => (at === axis ? length : size)),
  );
}

export const concatOp: OpDefinition<'concat'> = {
  gradient: (upstream, { inputs, attributes: { axis } }) => {
    let at = 0;
    return inputs.map(({ shape }) => {
      const part = slice(
        upstream,
        shape.map((_, other) => (other === axis ? at : 0)),
        shape,
      );
      at += shape[axis]!;
      return part;
    });
  },
  evaluate: (data, { inputs, attributes: { axis }, shape }) => {
    const strides = stridesOf(shape);
    const result = new Float64Array(sizeOf(shape));
    let at = 0;
    inputs.forEach((operand, index) => {
      visitStrided(operand.shape, strides, at * strides[axis]!, (linear, offset) => {
        result[offset] = data[index]![linear]!;
      });
      at += operand.shape[axis]!;
    });
    return result;
  },
};
