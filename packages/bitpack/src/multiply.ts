/**
 * The two calls that do everything: `pack` the weights once, `multiply` with activations as often as needed.
 * Invariant: the result is the reference's, whatever kernel was chosen.
 */
import { Arena, arenaBytes, detectCapabilities } from '@bitvox/wasm';
import { embeddedModule } from './embedded.ts';
import { BitpackError } from './errors.ts';
import { type GemmActivations, roundUp } from './kernels/kernel.ts';
import { SIGN_ELEMENTS } from './kernels/sign-bits.wasm.ts';
import { checkExtents, checkLength, EXTRA_BYTES, type WeightType } from './layout.ts';
import { signBits, type Signed } from './pack.ts';
import { packRows } from './pack-rows.ts';
import { planGemm } from './plan.ts';

/** A matrix of weights in the form on disk. */
export interface PackedWeights<W extends WeightType = WeightType> {
  readonly type: W;
  /** Rows: outputs. */
  readonly m: number;
  /** Columns: inputs. */
  readonly k: number;
  /** Packed rows, `m * rowBytes(k, type)` bytes. */
  readonly rows: Uint8Array;
}

/** How to pack. */
export interface PackOptions<W extends WeightType> {
  /** Type of the weights, `1` unless told. */
  readonly type?: W;
}

/**
 * Packs a weight matrix: its signs, or integers that the type holds exactly.
 * @param values `[m][k]`; for `1` the sign counts, 0 as +1
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_RANGE`, `BITPACK_NOT_A_NUMBER`
 */
export function pack<W extends WeightType = '1'>(values: Signed, m: number, k: number, { type = '1' as W }: PackOptions<W> = {}): PackedWeights<W> {
  return { type, m, k, rows: packRows(values, m, k, type) };
}

/** The type of activations that weights are multiplied by unless told: signs by signs, all others by bytes. */
export type DefaultActivations<W extends WeightType> = W extends '1' ? '1' : 'int8';
/** Arrays of activations: any whose signs count, exact bytes, or floats. */
export type Activations<A extends GemmActivations> = [A] extends ['1'] ? Signed : [A] extends ['f32'] ? Float32Array : Int8Array;
/** Arrays of results. */
export type Product<A extends GemmActivations> = A extends '1'
  ? Int16Array<ArrayBuffer>
  : A extends 'f32'
    ? Float32Array<ArrayBuffer>
    : Int32Array<ArrayBuffer>;

/** How to multiply. */
export interface MultiplyOptions<A extends GemmActivations> {
  /** Type of the activations; unless told `1` for weights of 1 bit and `int8` for all others. */
  readonly activations?: A;
}

interface Bound {
  /** The planned product between this instance's own regions. */
  readonly run: (t: number) => void;
  /** Writes activations where `run` reads them. */
  readonly setActivations: (x: Signed) => void;
  readonly c: Int16Array | Int32Array | Float32Array;
  readonly frames: number;
}

/** Each matrix keeps its memory and code as long as it lives itself. */
const bound = new WeakMap<PackedWeights, Map<string, Bound>>();

type SignExports = Record<'i8' | 'i16' | 'f32', (from: number, to: number, count: number) => number>;

/** Values at `from` → signs at `to`: at most `elements`. */
export function signWriter(arena: Arena, from: number, to: number, elements: number): (x: Signed) => void {
  const views = { i8: arena.i8(from, elements), i16: arena.i16(from, elements), f32: arena.f32(from, elements) };
  const bits = arena.u8(to, elements);
  const signs = detectCapabilities().simd
    ? (new WebAssembly.Instance(embeddedModule('sign-bits'), { env: { memory: arena.memory } }).exports as SignExports)
    : undefined;
  return (signed) => {
    const type = signed instanceof Float32Array ? 'f32' : signed instanceof Int16Array ? 'i16' : 'i8';
    views[type].set(signed);
    const met = signs?.[type](from, to, roundUp(signed.length, SIGN_ELEMENTS)) ?? 1;
    // Written out for engines without SIMD, and to name the place of a NaN. Values left over from before may hold one too.
    if (met !== 0) signBits(signed, bits.subarray(0, signed.length));
  };
}

function bind({ type, m, k, rows }: PackedWeights, activations: GemmActivations, frames: number): Bound {
  const plan = planGemm({ m, k, t: frames, weights: type, activations });
  const elements = roundUp(k * frames, SIGN_ELEMENTS);
  const elementBytes = activations === 'f32' ? 4 : 1;
  const results = m * frames;
  const sizes = [plan.weightBytes, plan.scratchBytes, results * 4, activations === '1' ? elements * 4 : 0, elements * elementBytes + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, c, values, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
  const { run } = plan.instantiate(arena.memory, { weights, scratch });
  const exact = activations === 'f32' ? arena.f32(x, elements) : arena.i8(x, elements);
  return {
    run: (t) => run(x, t, c, t, t),
    setActivations: activations === '1' ? signWriter(arena, values, x, elements) : (values) => exact.set(values),
    c: arena[plan.accumulator](c, results),
    frames,
  };
}

/**
 * Y = W · X, exact for integers, in the order of `gemmFloat` for `f32`; weights and activations of 1 bit count as −1 and +1.
 * @param x `[k][t]`: values whose signs count (0 as +1) for activations of 1 bit, an Int8Array for `int8`, a Float32Array for `f32`
 * @param t frames, 1 unless told
 * @returns `[m][t]`: 16-bit sums for activations of 1 bit, 32-bit sums for `int8`, floats for `f32`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_NOT_A_NUMBER`, `BITPACK_BYTE`,
 *   `BITPACK_KERNEL_UNFIT` where the types do not go together or the depth is too large for exact sums
 */
export function multiply<W extends WeightType, A extends GemmActivations = DefaultActivations<W>>(
  weights: PackedWeights<W>,
  x: Activations<A>,
  t = 1,
  options: MultiplyOptions<A> = {},
): Product<A> {
  const { m, k } = weights;
  const activations: GemmActivations = options.activations ?? (weights.type === '1' ? '1' : 'int8');
  checkExtents({ m, k, t });
  checkLength('activations', x.length, k * t);
  if (activations !== '1' && !(x instanceof (activations === 'f32' ? Float32Array : Int8Array))) {
    throw new BitpackError('BITPACK_TYPE', `Got activations of type "${String(activations)}" in a ${x.constructor.name}.`);
  }
  const instances = bound.get(weights) ?? new Map<string, Bound>();
  bound.set(weights, instances);
  // Single frames keep their own kernel beside the one for whole clips; a longer clip replaces a shorter plan.
  const kind = `${activations}/${t === 1 ? 'one' : 'many'}`;
  let instance = instances.get(kind);
  if (instance === undefined || instance.frames < t) {
    instance = bind(weights, activations, t);
    instances.set(kind, instance);
  }
  instance.setActivations(x);
  instance.run(t);
  return instance.c.slice(0, m * t) as Product<A>;
}
