/**
 * How fast this machine makes each kind of inner step: measured once, in some milliseconds, and remembered.
 *
 * The probes take turns, so that the optimising compiler works on one while others run. A probe has settled when it has become clearly
 * faster than the baseline compiler made it and two consecutive turns agree. Invariant: speeds are only believed when all probes have
 * settled in time; otherwise there are none.
 */
import { detectCapabilities } from '@bitvox/wasm';
import type { StepKind } from './kernels/steps.ts';
import { type BoundProbe, bindProbes, possibleSteps } from './probes.wasm.ts';

/** Nanoseconds of a step of each kind that the engine can make. */
export type Speeds = Readonly<Partial<Record<StepKind, number>>>;

/** How to measure. */
export interface SpeedOptions {
  /** A clock in milliseconds, `performance.now` unless told. */
  readonly now?: () => number;
  /** Time after which to give up, 8 unless told; besides it the probes are compiled. */
  readonly milliseconds?: number;
}

/** Where speeds outlive the process; `localStorage` is one as it stands. A store that throws, forgets or lies does no harm. */
export interface SpeedStore {
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, value: string) => void;
}

/** Turns of one measurement: some microseconds of optimised code, and too few for an engine to see in one that a loop is hot. */
const TURNS = 4096;
/** Measurements of the baseline compiler. */
const FIRST_ROUNDS = 2;
/** The optimising compiler leaves at most this share of the baseline's time: less than it does for any probe in any engine measured. */
const OPTIMISED = 0.85;
/** Largest ratio of measurements that agree. */
const AGREEMENT = 1.1;
/** Nanoseconds that no engine needs for a step. */
const SLOWEST = 1000;

/**
 * A measurement of probes that can be taken up again: what the baseline compiler took is seen only once, since engines keep the code.
 * Returns `undefined` where probes did not settle in time.
 */
export function probeRace(probes: readonly BoundProbe[]) {
  const runners = probes.map((probe) => ({ ...probe, baseline: Infinity, rounds: 0, best: Infinity, last: Infinity, isSettled: false }));
  return ({ now = () => performance.now(), milliseconds = 8 }: SpeedOptions = {}): Speeds | undefined => {
    for (const runner of runners) Object.assign(runner, { best: Infinity, last: Infinity, isSettled: false });
    const start = now();
    while (now() - start < milliseconds) {
      for (const runner of runners.filter(({ isSettled }) => !isSettled)) {
        const before = now();
        runner.run(TURNS);
        const time = ((now() - before) * 1e6) / (TURNS * runner.steps);
        if (++runner.rounds <= FIRST_ROUNDS) runner.baseline = Math.min(runner.baseline, time);
        runner.best = Math.min(runner.best, time);
        runner.isSettled = time > 0 && time <= OPTIMISED * runner.baseline && Math.max(time, runner.last) <= AGREEMENT * runner.best;
        runner.last = time;
      }
      if (runners.every(({ isSettled }) => isSettled)) return Object.fromEntries(runners.map(({ kind, best }) => [kind, best]));
    }
    return undefined;
  };
}

let ownRace: ReturnType<typeof probeRace> | undefined;

/**
 * Measures every kind of inner step.
 * @returns `undefined` where probes did not settle: the machine is busy, its clock coarse (as in pages without cross-origin isolation), or
 *   the engine has only one compiler; on a busy machine another call may do
 */
export function measureSpeeds(options: SpeedOptions = {}): Speeds | undefined {
  ownRace ??= probeRace(bindProbes(detectCapabilities()));
  return ownRace(options);
}

/** What a store says, if it can be believed: a plausible number for each of the kinds. */
function parseSpeeds(text: string | null | undefined, kinds: readonly StepKind[]): Speeds | undefined {
  if (text === null || text === undefined || text.length > SLOWEST) return undefined;
  const numbers = text.split(' ').map(Number);
  const isPlausible = numbers.length === kinds.length && numbers.every((number) => number > 0 && number <= SLOWEST);
  return isPlausible ? Object.fromEntries(kinds.map((kind, n) => [kind, numbers[n]!])) : undefined;
}

/** Runs what may be forbidden, as a store is in some pages. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Measurements that did not settle cost their whole time: after so many, the answer stays "unknown". */
const ATTEMPTS = 3;

/**
 * A memory of speeds, which are asked of the store first, then measured and told to it.
 * @param measure how to find what is not known
 */
export function speedMemory(measure: (options: SpeedOptions) => Speeds | undefined = measureSpeeds) {
  let known: Speeds | undefined;
  let attempts = 0;
  return (store: SpeedStore | undefined, options: SpeedOptions): Speeds | undefined => {
    if (known !== undefined) return known;
    const kinds = possibleSteps(detectCapabilities());
    // What is possible tells engines and their versions apart that differ in it; the first number is that of this list of kinds.
    const key = `bitpack/speeds/1/${kinds.join(',')}`;
    known = parseSpeeds(
      attempt(() => store?.getItem(key)),
      kinds,
    );
    if (known !== undefined || attempts++ >= ATTEMPTS) return known;
    const measured = measure(options);
    if (measured !== undefined) attempt(() => store?.setItem(key, kinds.map((kind) => measured[kind]?.toPrecision(4)).join(' ')));
    known = measured;
    return known;
  };
}

/** The memory of the process. */
export const rememberedSpeeds = speedMemory();
