/** `pass`: the accumulator is the stored value itself, so nothing is computed before the epilogue. */
import type { ArmKernel } from '../kernel.ts';

/** The stored value. */
export const PORTABLE_PASS: ArmKernel = {
  name: 'pass_int16_i32__portable',
  summary: 'Reads the stored value in the epilogue.',
  op: 'pass',
  writes: 'accumulators',
  runsOn: () => true,
  fits: ({ step, input }) => step.op === 'pass' && (input.format === 'i8' || input.format === 'i16'),
  cost: () => 0,
  weights: () => [],
  emit: () => ({ parts: [], functions: '', call: '', accumulator: 'x[0][c]' }),
};
