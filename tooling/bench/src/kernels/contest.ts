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
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Runs `calls` calls and gives milliseconds. */
async function time({ run }: Contestant, calls: number, isAsync: boolean): Promise<number> {
  const start = performance.now();
  if (isAsync) for (let call = 0; call < calls; call++) await run();
  else for (let call = 0; call < calls; call++) run();
  return performance.now() - start;
}

/** Runs until `milliseconds` have passed; gives the calls a turn of `turn` milliseconds takes. */
async function warmUp(contestant: Contestant, milliseconds: number, turn: number, isAsync: boolean): Promise<number> {
  let [calls, last] = [1, 0];
  for (let spent = 0; spent < milliseconds; spent += last) {
    last = await time(contestant, calls, isAsync);
    // Short pieces: only the pace of the last ones, when the code has settled, says how many calls fill a turn.
    // A page's clock may be coarse, so that a short piece seems to take no time: no leap of more than ten.
    calls = Math.max(1, Math.min(10 * calls, Math.round((calls * Math.min(turn, milliseconds / 4)) / Math.max(last, 1e-3))));
  }
  return Math.max(1, Math.round((calls * turn) / Math.min(turn, milliseconds / 4)));
}

/** Races the contestants; the timings come in their order. */
export async function contest(
  contestants: readonly Contestant[],
  { rounds = 11, milliseconds = 10, warmUp: warm = 250 }: ContestOptions = {},
): Promise<Timing[]> {
  const runners = [];
  for (const contestant of contestants) {
    const first = contestant.run();
    const isAsync = first instanceof Promise;
    await first;
    runners.push({ contestant, isAsync, calls: await warmUp(contestant, warm, milliseconds, isAsync), times: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, calls, isAsync, times } of runners) times.push((1000 * (await time(contestant, calls, isAsync))) / calls);
  }
  return runners.map(({ contestant, times }) => ({ name: contestant.name, median: median(times), best: Math.min(...times) }));
}
