/**
 * Learning-rate schedules: data, and pure functions from the step (counted from 1) to the learning rate.
 * With `w` warm-up steps the rate grows linearly, `peak * step / w` for `step <= w`; from the last step on every schedule stays where it ended.
 */
import { TrainingError } from '../errors.ts';

/** A schedule as data, so that a recipe can be stored with a model. Steps are optimiser steps. */
export type Schedule =
  | { readonly kind: 'constant'; readonly rate: number; readonly warmup?: number }
  /** Half a cosine from `peak` down to `floor` (0 unless told) at step `steps` (Loshchilov, Hutter 2017, without restarts). */
  | { readonly kind: 'cosine'; readonly peak: number; readonly floor?: number; readonly warmup?: number; readonly steps: number }
  /** `peak` times `factor` after each of the `milestones` (steps). */
  | { readonly kind: 'step'; readonly peak: number; readonly factor: number; readonly milestones: readonly number[]; readonly warmup?: number }
  /** `peak` for `hold` steps after the warm-up, then `floor + (peak - floor) * (1 - progress)^power` until step `steps` (the schedule of MatchboxNet). */
  | {
      readonly kind: 'polynomial';
      readonly peak: number;
      readonly floor?: number;
      readonly warmup?: number;
      readonly hold?: number;
      readonly power?: number;
      readonly steps: number;
    };

/** The kinds of schedule. */
export type ScheduleKind = Schedule['kind'];

type Decay<Kind extends ScheduleKind> = (schedule: Extract<Schedule, { kind: Kind }>, step: number) => number;

/** Share of the way from step `start` to step `end`, in [0, 1]. */
function progress(step: number, start: number, end: number): number {
  return end <= start ? 1 : Math.min(Math.max((step - start) / (end - start), 0), 1);
}

/** The rate after the warm-up. */
const DECAYS: { readonly [Kind in ScheduleKind]: Decay<Kind> } = {
  constant: ({ rate }) => rate,
  cosine: ({ peak, floor = 0, warmup = 0, steps }, step) => floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * progress(step, warmup, steps))),
  step: ({ peak, factor, milestones }, step) => peak * factor ** milestones.filter((milestone) => step > milestone).length,
  polynomial: ({ peak, floor = 0, warmup = 0, hold = 0, power = 2, steps }, step) =>
    floor + (peak - floor) * (1 - progress(step, warmup + hold, steps)) ** power,
};

function check(schedule: Schedule): void {
  const fields = Object.entries(schedule).filter(([field]) => field !== 'kind') as [string, number | readonly number[]][];
  for (const [field, setting] of fields) {
    for (const number of Array.isArray(setting) ? (setting as readonly number[]) : [setting as number]) {
      if (!(number >= 0 && number < Infinity))
        throw new TrainingError('TRAIN_ATTRIBUTE', `${schedule.kind} schedule: got ${field} ${number}, wanted at least 0`);
    }
  }
  if (!('steps' in schedule)) return;
  const before = (schedule.warmup ?? 0) + ('hold' in schedule ? (schedule.hold ?? 0) : 0);
  if (before > schedule.steps) {
    throw new TrainingError(
      'TRAIN_ATTRIBUTE',
      `${schedule.kind} schedule: got ${before} steps of warm-up and hold, wanted at most the ${schedule.steps} of the whole`,
    );
  }
}

/**
 * The learning rate as a function of the step, counted from 1; rounded to f32, so that machines whose cosines differ in the last bit agree.
 *
 * @throws `TRAIN_ATTRIBUTE` for negative settings, or a warm-up and hold longer than the schedule.
 */
export function learningRates(schedule: Schedule): (step: number) => number {
  check(schedule);
  const decay = DECAYS[schedule.kind] as (schedule: Schedule, step: number) => number;
  const warmup = schedule.warmup ?? 0;
  const peak = schedule.kind === 'constant' ? schedule.rate : schedule.peak;
  return (step) => Math.fround(step <= warmup ? peak * (step / warmup) : decay(schedule, step));
}
