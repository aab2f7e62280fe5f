/**
 * Choice by prediction: the machine is measured once (`speeds.ts`), kernels say what they cost in inner steps, the cheapest is chosen.
 *
 *     planGemm({ ...shape, kernel: fastestGemm(shape, {}, { store: localStorage }) })
 *
 * Invariant: the answer is always a kernel that can compute the shape here; all of them give the same bits. Who wants the same choice
 * everywhere leaves `kernel` out, which is the rule of `selectGemm`, or says the `speeds` to go by.
 */
import { checkExtents } from './layout.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { GemmKernel } from './kernels/kernel.ts';
import type { StepKind } from './kernels/steps.ts';
import { candidateGemms, type GemmChoice, selectGemm } from './select.ts';
import { rememberedSpeeds, type SpeedOptions, type Speeds, type SpeedStore } from './speeds.ts';

/** What to go by. */
export interface FastestOptions extends SpeedOptions {
  /** Speeds of a machine; those of this one unless told, measured with the first question. */
  readonly speeds?: Speeds;
  /** Where speeds are remembered beside the memory of the process, which is asked first. */
  readonly store?: SpeedStore;
}

/** The kernel of the rule stands unless another takes less than this share of its time: predictions are no better. */
const CLEARLY = 0.85;

/** Predicted microseconds of a call; infinitely many where a kind of step is not among the speeds. */
export function predictMicroseconds(kernel: GemmKernel, shape: GemmShape, speeds: Speeds): number {
  const steps = Object.entries(kernel.steps(shape)) as [StepKind, number][];
  return steps.reduce((total, [kind, count]) => total + count * (speeds[kind] ?? Infinity), 0) / 1000;
}

/**
 * The name of the kernel that is fastest for a shape, as far as can be told without running it; that of the rule where the machine
 * cannot be measured.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`, `BITPACK_KERNEL_UNFIT` when none gives exact results
 */
export function fastestGemm(shape: GemmShape, choice: GemmChoice = {}, { speeds, store, ...options }: FastestOptions = {}): GemmKernel['name'] {
  const { m, k, t } = shape;
  checkExtents({ m, k, t });
  const byRule = selectGemm(shape, choice);
  const candidates = candidateGemms(shape, choice);
  if (candidates.length < 2) return byRule.name;
  const known = speeds ?? rememberedSpeeds(store, options);
  if (known === undefined) return byRule.name;
  const time = (kernel: GemmKernel): number => predictMicroseconds(kernel, shape, known);
  const fastest = candidates.reduce((best, kernel) => (time(kernel) < time(best) ? kernel : best));
  return time(fastest) < CLEARLY * time(byRule) && Number.isFinite(time(byRule)) ? fastest.name : byRule.name;
}
