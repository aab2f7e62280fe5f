/**
 * The kernels themselves against the clock, for people with patience and a quiet machine: a large kernel spends tens of milliseconds in
 * the baseline compiler, and what is measured until then says nothing. `fastestGemm` asks a few tiny loops instead.
 */
import { Arena, arenaBytes } from '@bitvox/wasm';
import { checkExtents, EXTRA_BYTES, rowBytes } from './layout.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { GemmKernel } from './kernels/kernel.ts';
import { planGemm } from './plan.ts';
import { candidateGemms, type GemmChoice } from './select.ts';

/** One kernel's time. */
export interface Calibration {
  readonly name: GemmKernel['name'];
  /** Best time of one call of `shape.t` frames, in microseconds. */
  readonly microseconds: number;
}

/** How to measure. */
export interface CalibrationOptions {
  /** Time spent on each kernel, 30 unless told, which a busy machine needs more of: while one runs, the engine's optimising compiler works on the others. */
  readonly milliseconds?: number;
  /** A clock in milliseconds, `performance.now` unless told. */
  readonly now?: () => number;
}

/** The kernels take turns, and the best turn of each counts: the rest is the baseline compiler, and other work on the same machine. */
const ROUNDS = 6;

/** A call on a memory of its own. */
function bindKernel({ m, k, t }: GemmShape, choice: GemmChoice, kernel: string): () => void {
  const plan = planGemm({ ...choice, m, k, t, kernel });
  const elementBytes = plan.activations === 'f32' ? 4 : 1;
  const sizes = [plan.weightBytes, plan.scratchBytes, k * t * elementBytes + EXTRA_BYTES, m * t * 4];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, x, c] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(new Uint8Array(m * rowBytes(k, plan.weights)).fill(0x5a)));
  const { run } = plan.instantiate(arena.memory, { weights, scratch });
  return () => run(x, t, c, t, t);
}

/**
 * Times the kernels that can compute a shape here, fastest first.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`
 */
export function calibrateGemm(
  shape: GemmShape,
  choice: GemmChoice = {},
  { milliseconds = 30, now = () => performance.now() }: CalibrationOptions = {},
): Calibration[] {
  const { m, k, t } = shape;
  checkExtents({ m, k, t });
  const perCall = (call: () => void, duration: number): number => {
    const start = now();
    let [calls, elapsed] = [0, 0];
    do {
      const burst = calls + 1;
      for (let n = 0; n < burst; n++) call();
      calls += burst;
      elapsed = now() - start;
    } while (elapsed < duration);
    return elapsed / calls;
  };
  const runners = candidateGemms(shape, choice).map(({ name }) => ({ name, call: bindKernel(shape, choice, name), best: Infinity }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const runner of runners) runner.best = Math.min(runner.best, perCall(runner.call, milliseconds / ROUNDS));
  }
  return runners.map((runner) => ({ name: runner.name, microseconds: 1000 * runner.best })).toSorted((a, b) => a.microseconds - b.microseconds);
}
