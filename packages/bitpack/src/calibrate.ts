/**
 * Choice by measuring: every kernel that fits a shape runs for a millisecond or two, the fastest wins.
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
  /** Time spent on each kernel once it is warm, 2 unless told; twice that goes into warming it up. */
  readonly milliseconds?: number;
  /** A clock in milliseconds, `performance.now` unless told. */
  readonly now?: () => number;
  /** Kernels whose first calls take this many times as long as those of another are left out; none are unless told. */
  readonly patience?: number;
}

/** Best of several short rounds: the rest is other people's work on the same machine. */
const ROUNDS = 5;

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
  { milliseconds = 2, now = () => performance.now(), patience = Infinity }: CalibrationOptions = {},
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
  const runners = candidateGemms(shape, choice).map(({ name }) => {
    const call = bindKernel(shape, choice, name);
    return { name, call, first: Math.min(perCall(call, 0), perCall(call, 0)) };
  });
  const quickest = Math.min(...runners.map(({ first }) => first));
  const calibrations = runners
    .filter(({ first }) => first <= patience * quickest)
    .map(({ name, call }) => {
      // The first rounds run in the baseline compiler while the optimising one works.
      perCall(call, 2 * milliseconds);
      return { name, microseconds: 1000 * Math.min(...Array.from({ length: ROUNDS }, () => perCall(call, milliseconds / ROUNDS))) };
    });
  return calibrations.toSorted((a, b) => a.microseconds - b.microseconds);
}
