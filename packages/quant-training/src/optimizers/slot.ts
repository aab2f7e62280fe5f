/** What an update rule works on: one tensor at one step. */

/** One tensor with its gradient and what the rule remembers about it. An absent moment has length 0. */
export interface ParameterSlot {
  readonly parameter: Float64Array;
  readonly gradient: Float64Array;
  readonly moments: readonly [Float64Array, Float64Array];
}

/** The learning rate with the scale of the group applied, the decay of the group, and the step counted from 1. */
export interface UpdateScalars {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly step: number;
}
