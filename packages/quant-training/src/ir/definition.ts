/** What an operation must say about itself beside its builder function: how gradients flow back through it and what it computes. */
import type { OpName, Value } from './types.ts';

/** Gradient and reference of one operation. The shape rule lives in the builder function of the same file, the only way to make such a value. */
export interface OpDefinition<Name extends OpName> {
  /**
   * The gradient of every input, in terms of operations, for the gradient `upstream` of the value; `null` where none flows (the
   * operation is piecewise constant in that input, or the input takes part only as data). `'none'`: the operation cannot be differentiated.
   */
  readonly gradient: ((upstream: Value, value: Value<Name>) => readonly (Value | null)[]) | 'none';
  /** The value in float64, readable before quick: the oracle of every executor. Must not keep or change its inputs. */
  readonly evaluate: (inputs: readonly Float64Array[], value: Value<Name>) => Float64Array;
}
