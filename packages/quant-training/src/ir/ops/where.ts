/** Selection: the second operand where the condition is not 0, else the third; all three broadcast. The condition gets no gradient. */
import type { OpDefinition } from '../definition.ts';
import { broadcastShapes, expand } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue, type Operand } from '../value.ts';
import { toValue } from './leaf.ts';
import { sumTo } from './sum.ts';

/** `whenTrue` where `condition` is not 0, else `whenFalse`. */
export function where(condition: Operand, whenTrue: Operand, whenFalse: Operand): Value<'where'> {
  const operands = [toValue(condition), toValue(whenTrue), toValue(whenFalse)];
  return createValue(
    'where',
    operands,
    {},
    broadcastShapes(
      'where',
      operands.map((operand) => operand.shape),
    ),
  );
}

export const whereOp: OpDefinition<'where'> = {
  gradient: (upstream, { inputs }) => [null, sumTo(where(inputs[0]!, upstream, 0), inputs[1]!.shape), sumTo(where(inputs[0]!, 0, upstream), inputs[2]!.shape)],
  evaluate: (data, { inputs, shape }) => {
    const [condition, whenTrue, whenFalse] = data.map((operand, at) => expand(operand, inputs[at]!.shape, shape));
    return condition!.map((test, at) => (test !== 0 ? whenTrue![at]! : whenFalse![at]!));
  },
};
