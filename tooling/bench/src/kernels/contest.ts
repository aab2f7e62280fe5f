/**
 * A fair race in one process: every contestant warms up until its engine's tiers have settled, then all take turns, round by round, so that
 * whatever else the machine does meets them alike.
 */

/** Someone who does the work once per call; asynchronous ones are awaited. */
export interface Contestant {
  readonly name: string;
  readonly run: () => unknown;
}

/** Times of one call in microseconds. */
export interface Timing {
  readonly name: string;
  readonly median: number;
  readonly best: number;
}

/** How long to race. */
export interface ContestOptions {
  readonly rounds?: number;
  /** Length of a turn. */
  readonly milliseconds?: number;
  /** Time that each contestant runs before anything counts. */
  readonly warmUp?: number;
  /** A clock in milliseconds, `performance.now` unless told. */
  readonly now?: () => number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A contestant and how it is timed. */
interface Runner {
  readonly contestant: Contestant;
  readonly isAsync: boolean;
  readonly now: () => number;
}

/** Runs `calls` calls and gives milliseconds. */
async function time({ contestant: { run }, isAsync, now }: Runner, calls: number): Promise<number> {
  const start = now();
  if (isAsync) for (let call = 0; call < calls; call++) await run();
  else for (let call = 0; call < calls; call++) run();
  return now() - start;
}

/** Runs until `milliseconds` have passed; gives the calls a turn of `turn` milliseconds takes. */
async function warmUp(runner: Runner, milliseconds: number, turn: number): Promise<number> {
  let [calls, last] = [1, 0];
  for (let spent = 0; spent < milliseconds; spent += last) {
    last = await time(runner, calls);
    // Short pieces: only the pace of the last ones, when the code has settled, says how many calls fill a turn.
    // A page's clock may be coarse, so that a short piece seems to take no time: no leap of more than ten.
    calls = Math.max(1, Math.min(10 * calls, Math.round((calls * Math.min(turn, milliseconds / 4)) / Math.max(last, 1e-3))));
  }
  return Math.max(1, Math.round((calls * turn) / Math.min(turn, milliseconds / 4)));
}

/** Races the contestants; the timings come in their order. */
export async function contest(
  contestants: readonly Contestant[],
  { rounds = 11, milliseconds = 10, warmUp: warm = 250, now = () => performance.now() }: ContestOptions = {},
): Promise<Timing[]> {
  const runners = [];
  for (const contestant of contestants) {
    const first = contestant.run();
    const runner: Runner = { contestant, isAsync: first instanceof Promise, now };
    await first;
    runners.push({ runner, calls: await warmUp(runner, warm, milliseconds), times: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { runner, calls, times } of runners) times.push((1000 * (await time(runner, calls))) / calls);
  }
  return runners.map(({ runner, times }) => ({ name: runner.contestant.name, median: median(times), best: Math.min(...times) }));
}
