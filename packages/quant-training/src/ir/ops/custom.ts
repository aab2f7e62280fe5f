/** A value with a gradient of its own making: forward and backward are both expressed in operations. The base of every quantizer. */
import { TrainingError } from '../../errors.ts';
import type { OpDefinition } from '../definition.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { OpAttributes, Value } from '../types.ts';
import { createValue } from '../value.ts';

/** The gradient of every input for the gradient of the output; `null` where none flows. */
export type Backward = OpAttributes['custom']['backward'];

/**
 * The value of `forward(...inputs)`, whose gradient is what `backward` says. No gradient flows through the operations of `forward` itself,
 * nor to anything that it uses beside `inputs`.
 */
export function customGradient<Inputs extends readonly Value[]>(inputs: Inputs, forward: (...inputs: Inputs) => Value, backward: Backward): Value<'custom'> {
  const result = forward(...inputs);
  return createValue('custom', [...inputs, result], { backward }, result.shape);
}

export const customOp: OpDefinition<'custom'> = {
  gradient: (upstream, value) => {
    const inputs = value.inputs.slice(0, -1);
    const gradients = value.attributes.backward(upstream, inputs, value);
    const fits = gradients.length === inputs.length && gradients.every((gradient, at) => gradient === null || sameShape(gradient.shape, inputs[at]!.shape));
    if (!fits) {
      const got = gradients.map((gradient) => (gradient === null ? 'null' : formatShape(gradient.shape))).join(', ');
      throw new TrainingError(
        'TRAIN_SHAPE',
        `custom gradient at "${value.label}" gave ${got}, wanted ${inputs.map(({ shape }) => formatShape(shape)).join(', ')}`,
      );
    }
    return [...gradients, null];
  },
  evaluate: (inputs) => inputs.at(-1)!.slice(),
};
