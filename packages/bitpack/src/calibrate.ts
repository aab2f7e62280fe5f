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

/** Best of several short rounds: the rest is other people's work on the same machine. */
const ROUNDS = 5;

/**
 * Times every kernel that can compute a shape here, fastest first.
 * @param milliseconds time spent on each kernel once it is warm, 2 unless told
 * @param now a clock in milliseconds, `performance.now` unless told
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`
 */
export function calibrateGemm(shape: GemmShape, choice: GemmChoice = {}, milliseconds = 2, now: () => number = () => performance.now()): Calibration[] {
  const { m, k, t } = shape;
  checkExtents({ m, k, t });
  const calibrations = candidateGemms(shape, choice).map(({ name }) => {
    const plan = planGemm({ ...choice, m, k, t, kernel: name });
    const sizes = [plan.weightBytes, plan.scratchBytes, k * t + EXTRA_BYTES, m * t * 4];
    const arena = new Arena(arenaBytes(sizes));
    const [weights, scratch, x, c] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number];
    arena.u8(weights, plan.weightBytes).set(plan.packWeights(new Uint8Array(m * rowBytes(k, plan.weights)).fill(0x5a)));
    const { run } = plan.instantiate(arena.memory, { weights, scratch });
    const perCall = (duration: number): number => {
      const start = now();
      let [calls, elapsed] = [0, 0];
      do {
        for (let n = 0; n < 8; n++) run(x, t, c, t, t);
        calls += 8;
        elapsed = now() - start;
      } while (elapsed < duration);
      return elapsed / calls;
    };
    // The first rounds run in the baseline compiler while the optimising one works.
    perCall(2 * milliseconds);
    const best = Math.min(...Array.from({ length: ROUNDS }, () => perCall(milliseconds / ROUNDS)));
    return { name, microseconds: 1000 * best };
  });
  return calibrations.toSorted((a, b) => a.microseconds - b.microseconds);
}
