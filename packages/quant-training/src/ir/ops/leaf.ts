/** Leaves: parameters (trained), states (persist, written explicitly), inputs (fed) and constants. A leaf has no inputs and no gradient rule to apply. */
import { TrainingError } from '../../errors.ts';
import type { OpDefinition } from '../definition.ts';
import { checkShape, type Shape, shapeError, sizeOf } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue, type Operand } from '../value.ts';

function leaf<Name extends 'parameter' | 'state' | 'input'>(op: Name, name: string, shape: Shape): Value<Name> {
  if (name === '') throw new TrainingError('TRAIN_NAME', `got an empty ${op} name`);
  checkShape(`${op} "${name}"`, shape);
  return createValue<'parameter' | 'state' | 'input'>(op, [], { name }, [...shape]) as Value<Name>;
}

/** A trained tensor, changed only by the optimiser. */
export function parameter(name: string, shape: Shape): Value<'parameter'> {
  return leaf('parameter', name, shape);
}

/** A tensor that persists between steps and is changed only by a state update of the step. */
export function state(name: string, shape: Shape): Value<'state'> {
  return leaf('state', name, shape);
}

/** A tensor that is fed before every step. */
export function input(name: string, shape: Shape): Value<'input'> {
  return leaf('input', name, shape);
}

/** A constant: one number that fills `shape` (a scalar unless told), or one number an element. */
export function constant(data: number | Float32Array, shape: Shape = []): Value<'constant'> {
  checkShape('constant', shape);
  if (typeof data !== 'number' && data.length !== sizeOf(shape)) shapeError('constant', `got ${data.length} numbers, wanted ${sizeOf(shape)}`);
  return createValue('constant', [], { data }, [...shape]);
}

/** A number becomes a scalar constant; a value stays what it is. */
export function toValue(operand: Operand): Value {
  return typeof operand === 'number' ? constant(operand) : operand;
}

function unfed(_inputs: readonly Float64Array[], value: Value<'parameter' | 'state' | 'input'>): never {
  throw new TrainingError('TRAIN_NAME', `got no data for ${value.op} "${value.attributes.name}"`);
}

export const parameterOp: OpDefinition<'parameter'> = { gradient: () => [], evaluate: unfed };
export const stateOp: OpDefinition<'state'> = { gradient: () => [], evaluate: unfed };
export const inputOp: OpDefinition<'input'> = { gradient: () => [], evaluate: unfed };
export const constantOp: OpDefinition<'constant'> = {
  gradient: () => [],
  evaluate: (_inputs, { attributes: { data }, shape }) => (typeof data === 'number' ? new Float64Array(sizeOf(shape)).fill(data) : Float64Array.from(data)),
};
