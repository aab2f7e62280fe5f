/** Matrix product `[m, k] x [k, n] -> [m, n]`; either operand may be given transposed. */
import type { OpDefinition } from '../definition.ts';
import { formatShape, shapeError } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';

/** Which operands are stored transposed. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The product of two matrices, each optionally stored transposed. */
export function matmul(a: Value, b: Value, { transposeA = false, transposeB = false }: MatmulOptions = {}): Value<'matmul'> {
  if (a.shape.length !== 2 || b.shape.length !== 2) shapeError('matmul', `got ${formatShape(a.shape)} and ${formatShape(b.shape)}, wanted two matrices`);
  const [m, innerA] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [innerB, n] = transposeB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (innerA !== innerB)
    shapeError('matmul', `got inner sizes ${innerA} and ${innerB} of ${formatShape(a.shape)} and ${formatShape(b.shape)}, wanted them equal`);
  return createValue('matmul', [a, b], { transposeA, transposeB }, [m, n]);
}

export const matmulOp: OpDefinition<'matmul'> = {
  gradient: (upstream, { inputs, attributes: { transposeA, transposeB } }) => {
    const [a, b] = inputs as [Value, Value];
    return [
      transposeA ? matmul(b, upstream, { transposeA: transposeB, transposeB: true }) : matmul(upstream, b, { transposeB: !transposeB }),
      transposeB ? matmul(upstream, a, { transposeA: true, transposeB: transposeA }) : matmul(a, upstream, { transposeA: !transposeA }),
    ];
  },
  evaluate: ([a, b], { inputs, attributes: { transposeA, transposeB }, shape }) => {
    const [m, n] = shape as [number, number];
    const k = inputs[0]!.shape[transposeA ? 0 : 1]!;
    const result = new Float64Array(m * n);
    for (let row = 0; row < m; row++) {
      for (let inner = 0; inner < k; inner++) {
        const left = a![transposeA ? inner * m + row : row * k + inner]!;
        for (let column = 0; column < n; column++) {
          result[row * n + column]! += left * b![transposeB ? column * k + inner : inner * n + column]!;
        }
      }
    }
    return result;
  },
};
