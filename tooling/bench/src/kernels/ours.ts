/** Our side of a matrix product: planned, packed and bound once, as a user of the package would. */
import { type ActivationType, EXTRA_BYTES, fastestGemm, planGemm, type WeightType, packRows, WEIGHT_TYPES } from '@bitvox/bitpack';
import { Arena, arenaBytes } from '@bitvox/wasm';
import type { Contestant } from './contest.ts';
import { randomBytes } from './layers.ts';

/** A product between two types. */
export interface Product {
  readonly m: number;
  readonly k: number;
  readonly t: number;
  readonly weights: WeightType;
  readonly activations: ActivationType;
  /** Name of a kernel; the one that should be fastest here unless told. */
  readonly kernel?: string;
}

/** Milliseconds for the probes of the machine to settle: other work on it must not decide which kernel races. */
const PATIENCE = 200;

/** Random weights and activations in one memory; `run` makes the sums from unpacked activations, whatever it has to build for that included. */
export function openGemm({ m, k, t, weights: type, activations, kernel }: Product): Contestant {
  const chosen = kernel ?? fastestGemm({ m, k, t }, { weights: type, activations }, { milliseconds: PATIENCE });
  const plan = planGemm({ m, k, t, kernel: chosen });
  const { minimum, maximum } = WEIGHT_TYPES[type];
  const values = Int8Array.from(randomBytes(m * k), (byte) => minimum + (byte % (maximum - minimum + 1)));
  const sizes = [plan.weightBytes, plan.scratchBytes, m * t * 4, k * t + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, c, x] = sizes.map((bytes) => arena.allocate(bytes)) as [number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(packRows(values, m, k, type)));
  arena.u8(x, k * t).set(randomBytes(k * t).map((byte) => (activations === '1' ? byte & 1 : byte)));
  const { run } = plan.instantiate(arena.memory, { weights, scratch });
  return { name: plan.name, run: () => run(x, t, c, t, t) };
}
