/**
 * The two calls that do everything: `pack` the weights once, `multiply` with signs as often as needed.
 * Invariant: the result is the reference's, whatever kernel was chosen.
 */
import { Arena, arenaBytes, compileOnce, detectCapabilities } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import { roundUp } from './kernels/kernel.ts';
import { buildSignBits, SIGN_ELEMENTS } from './kernels/sign-bits.wasm.ts';
import { checkExtents, checkLength, EXTRA_BYTES } from './layout.ts';
import { packSigns, signBits, type Signed } from './pack.ts';
import { planGemm } from './plan.ts';

/** A matrix of signs, one bit each. */
export interface PackedWeights {
  /** Rows: outputs. */
  readonly m: number;
  /** Columns: inputs. */
  readonly k: number;
  /** Packed rows, `m * rowBytes(k)` bytes: the form on disk. */
  readonly rows: Uint8Array;
}

/**
 * Packs the signs of a weight matrix.
 * @param values `[m][k]`; 0 counts as +1
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_NOT_A_NUMBER`
 */
export function pack(values: Signed, m: number, k: number): PackedWeights {
  return { m, k, rows: packSigns(values, m, k) };
}

interface Bound {
  /** The planned product between this instance's own regions. */
  readonly run: (t: number) => void;
  /** Writes the signs of activations where `run` reads them. */
  readonly setSigns: (x: Signed) => void;
  readonly c: Int16Array;
  readonly frames: number;
}

/** Each matrix keeps its memory and code as long as it lives itself. */
const bound = new WeakMap<PackedWeights, Map<'one' | 'many', Bound>>();

type SignExports = Record<'i8' | 'i16' | 'f32', (from: number, to: number, count: number) => number>;

function bind({ m, k, rows }: PackedWeights, frames: number): Bound {
  const plan = planGemm({ m, k, t: frames });
  const elements = roundUp(k * frames, SIGN_ELEMENTS);
  const sizes = [plan.weightBytes, plan.scratchBytes, m * frames * 2, elements * 4, elements + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, c, values, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
  const gemm = plan.instantiate(arena.memory, { weights, scratch });
  const views = { i8: arena.i8(values, elements), i16: arena.i16(values, elements), f32: arena.f32(values, elements) };
  const bits = arena.u8(x, k * frames);
  const signs = detectCapabilities().simd
    ? (new WebAssembly.Instance(compileOnce('bitpack/sign-bits', buildSignBits), { env: { memory: arena.memory } }).exports as SignExports)
    : undefined;
  const setSigns = (signed: Signed): void => {
    const type = signed instanceof Float32Array ? 'f32' : signed instanceof Int16Array ? 'i16' : 'i8';
    views[type].set(signed);
    const met = signs?.[type](values, x, roundUp(signed.length, SIGN_ELEMENTS)) ?? 1;
    // Written out for engines without SIMD, and to name the place of a NaN. Values left over from before may hold one too.
    if (met !== 0) signBits(signed, bits.subarray(0, signed.length));
  };
  return { run: (t) => gemm.run(x, t, c, t, t), setSigns, c: arena.i16(c, m * frames), frames };
}

/**
 * Y = sign(W) · sign(X), exact.
 * @param x `[k][t]`, values whose signs count; 0 counts as +1 @param t frames, 1 unless told
 * @returns `[m][t]`, each of −k to k
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_NOT_A_NUMBER`, `BITPACK_KERNEL_UNFIT` for k > 32767
 */
export function multiply(weights: PackedWeights, x: Signed, t = 1): Int16Array<ArrayBuffer> {
  const { m, k } = weights;
  checkExtents({ m, k, t });
  checkLength('activations', x.length, k * t);
  if (k > 32767) throw new BitpackError('BITPACK_KERNEL_UNFIT', `Got depth ${k} for results of 16 bits.`);
  const instances = bound.get(weights) ?? new Map<'one' | 'many', Bound>();
  bound.set(weights, instances);
  // Single frames keep their own kernel beside the one for whole clips; a longer clip replaces a shorter plan.
  const kind = t === 1 ? 'one' : 'many';
  let instance = instances.get(kind);
  if (instance === undefined || instance.frames < t) {
    instance = bind(weights, t);
    instances.set(kind, instance);
  }
  instance.setSigns(x);
  instance.run(t);
  return instance.c.slice(0, m * t) as Int16Array<ArrayBuffer>;
}
