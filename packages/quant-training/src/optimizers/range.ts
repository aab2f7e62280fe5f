/** Range checks of hyper-parameters. */
import { TrainingError } from '../errors.ts';

/** Throws `TRAIN_ATTRIBUTE` unless `low <= value < high`. */
export function checkRange(what: string, value: number, low: number, high: number): void {
  if (!(value >= low && value < high)) throw new TrainingError('TRAIN_ATTRIBUTE', `${what}: got ${value}, wanted at least ${low} and less than ${high}`);
}
