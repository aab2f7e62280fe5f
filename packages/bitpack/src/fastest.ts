/**
 * Choice by measuring, remembered: the first question about a shape takes some milliseconds, every later one a look-up.
 *
 *     planGemm({ ...shape, kernel: fastestGemm(shape, {}, { store: localStorage }) })
 *
 * Invariant: the answer is always a kernel that can compute the shape here; all of them give the same bits. Who wants the same choice
 * everywhere leaves `kernel` out, which is the rule of `selectGemm`.
 */
import { detectCapabilities } from '@bitvox/wasm';
import { calibrateGemm, type CalibrationOptions } from './calibrate.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { GemmKernel } from './kernels/kernel.ts';
import { candidateGemms, type GemmChoice, selectGemm, typesOf } from './select.ts';

/** Where choices outlive the process; `localStorage` is one as it stands. A store that throws or forgets does no harm. */
export interface ChoiceStore {
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, value: string) => void;
}

/** How to measure, quickly unless told, and where to remember. */
export interface FastestOptions extends CalibrationOptions {
  /** Beside the memory of the process, which is always asked first. */
  readonly store?: ChoiceStore;
}

/** Long enough for the optimising compiler to have had its say, for kernels that are not hopeless without it. */
const QUICK: CalibrationOptions = { milliseconds: 12, patience: 8 };

/** The kernel of the rule stands unless another takes less than this share of its time: close races would end now so, now otherwise. */
const CLEARLY = 0.9;

const remembered = new Map<string, string>();

/** Everything an answer depends on but the processor: the work, the engine's abilities, the kernels to choose from. */
function keyOf({ m, k, t }: GemmShape, choice: GemmChoice, candidates: readonly GemmKernel[]): string {
  const { weights, activations, accumulator } = typesOf(choice);
  const implementations = candidates.map(({ name }) => name.slice(name.indexOf('__') + 2));
  return `bitpack/gemm_${weights}x${activations}_${accumulator}/${m}x${k}x${t}/${implementations.join(',')}`;
}

/** Runs what may be forbidden, as a store is in some pages. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function measure(shape: GemmShape, choice: GemmChoice, options: CalibrationOptions): GemmKernel['name'] {
  const calibrations = calibrateGemm(shape, choice, options);
  const [fastest, byRule] = [calibrations[0]!, calibrations.find(({ name }) => name === selectGemm(shape, choice).name)];
  return byRule === undefined || fastest.microseconds < CLEARLY * byRule.microseconds ? fastest.name : byRule.name;
}

/**
 * The name of the fastest kernel for a shape on this machine.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`, `BITPACK_KERNEL_UNFIT` when none gives exact results
 */
export function fastestGemm(shape: GemmShape, choice: GemmChoice = {}, { store, ...options }: FastestOptions = {}): GemmKernel['name'] {
  const detected = { ...choice, capabilities: choice.capabilities ?? detectCapabilities() };
  const candidates = candidateGemms(shape, detected);
  // With nothing to choose from, the rule knows what to say.
  if (candidates.length < 2) return selectGemm(shape, detected).name;
  const key = keyOf(shape, detected, candidates);
  const known = remembered.get(key) ?? attempt(() => store?.getItem(key));
  // What comes out of a store is a stranger's: only the name of a candidate counts.
  const kernel = candidates.find(({ name }) => name === known)?.name ?? measure(shape, detected, { ...QUICK, ...options });
  remembered.set(key, kernel);
  if (known !== kernel) attempt(() => store?.setItem(key, kernel));
  return kernel;
}
