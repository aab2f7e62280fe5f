/**
 * Choice by measuring: every kernel that fits a shape runs for some milliseconds, the fastest wins.
 * Invariant: only time depends on the outcome; all kernels give the same results.
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
  /** Time spent on each kernel, 30 unless told: while one runs, the engine's optimising compiler works on the others. */
  readonly milliseconds?: number;
  /** A clock in milliseconds, `performance.now` unless told. */
  readonly now?: () => number;
  /** Kernels that take this many times as long as the best so far are given up; none are unless told. */
  readonly patience?: number;
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
  { milliseconds = 30, now = () => performance.now(), patience = Infinity }: CalibrationOptions = {},
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
    const best = Math.min(...runners.map((runner) => runner.best));
    for (const runner of runners) {
      if (round > 0 && runner.best > patience * best) continue;
      runner.best = Math.min(runner.best, perCall(runner.call, milliseconds / ROUNDS));
    }
  }
  const best = Math.min(...runners.map((runner) => runner.best));
  return runners
    .filter((runner) => runner.best <= patience * best)
    .map((runner) => ({ name: runner.name, microseconds: 1000 * runner.best }))
    .toSorted((a, b) => a.microseconds - b.microseconds);
}
