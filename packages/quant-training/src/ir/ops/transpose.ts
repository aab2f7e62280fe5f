/** Permutation of axes: axis `i` of the result is axis `permutation[i]` of the operand. */
import type { OpDefinition } from '../definition.ts';
import { checkAxes, formatShape, gatherStrided, shapeError, stridesOf } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';

/** Axis `i` of the result is axis `permutation[i]` of `x`. */
export function transpose(x: Value, permutation: readonly number[]): Value<'transpose'> {
  checkAxes('transpose', permutation, x.shape.length);
  if (permutation.length !== x.shape.length) shapeError('transpose', `got permutation ${formatShape(permutation)}, wanted ${x.shape.length} axes`);
  return createValue(
    'transpose',
    [x],
    { permutation: [...permutation] },
    permutation.map((axis) => x.shape[axis]!),
  );
}

export const transposeOp: OpDefinition<'transpose'> = {
  gradient: (upstream, { attributes: { permutation } }) => [
    transpose(
      upstream,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  evaluate: ([x], { inputs, attributes: { permutation }, shape }) => {
    const strides = stridesOf(inputs[0]!.shape);
    return gatherStrided(
      x!,
      shape,
      permutation.map((axis) => strides[axis]!),
    );
  },
};
