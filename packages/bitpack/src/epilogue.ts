/**
 * Epilogues planned like products: the constants' size first, then the constants, then code that works in the caller's memory.
 *
 *     const plan = planEpilogue({ channels, source: 'i16', epilogue });
 *     const constants = arena.allocate(plan.constantBytes);
 *     arena.u8(constants, plan.constantBytes).set(plan.packConstants());
 *     const { run } = plan.instantiate(arena.memory, constants);
 *     run(z, zStride, frames, residual, residualStride, out, outStride); // no residual where nothing is added
 *
 * Invariant: one compiled function serves every layer of a kind; `run` allocates nothing.
 */
import { compileOnce, detectCapabilities } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import type { Activation, Epilogue, EpilogueSource, Requantization } from './kernels/epilogue.ts';
import { epilogueName, packConstants } from './kernels/epilogue-pipelines.wasm.ts';
import { buildEpilogue } from './kernels/epilogue.wasm.ts';
import { checkExtents, checkLength } from './layout.ts';
import { exportsOf } from './instances.ts';
import { checkRegion, isShared } from './regions.ts';

/** Every kind of epilogue: the accumulators it takes, the formats it stores, what it does. */
export const EPILOGUES = {
  threshold: {
    sources: ['i8', 'i16', 'i32'],
    formats: ['bit', 'sign', 'packed'],
    summary: 'bits by a threshold per channel',
  },
  value: {
    sources: ['i8', 'i16', 'i32'],
    formats: ['i8', 'i16', 'bit', 'sign', 'packed'],
    summary: 'requantisation, activation, residual in saturating 16 bits, activation; bits by sign or threshold',
  },
  float: {
    sources: ['i16', 'i32', 'f32'],
    formats: ['f32', 'bit', 'sign', 'packed'],
    summary: 'affine map, activation, residual, activation in f32; bits by sign',
  },
} as const satisfies Readonly<
  Record<Epilogue['kind'], { readonly sources: readonly EpilogueSource[]; readonly formats: readonly OutputFormat[]; readonly summary: string }>
>;

/** How an output is stored. */
type OutputFormat = Epilogue['outputs'][number]['format'];

/** What is done with what. */
export interface EpilogueRequest {
  readonly channels: number;
  /** Type of the accumulators. */
  readonly source: EpilogueSource;
  readonly epilogue: Epilogue;
}

/** An epilogue bound to a memory. */
export interface BoundEpilogue {
  /**
   * Finishes `frames` frames of every channel, in steps of 16: rows of accumulators, residuals and outputs have room for
   * `frames` rounded up to 16 elements, of which those beyond `frames` are overwritten with anything.
   * @param z address of the accumulators, `[channels][zStride]` @param zStride elements from row to row, here and below
   * @param rows address and stride of the residual where one is added, then of every output; an output may be the residual; strides of
   *   packed rows count bytes
   */
  readonly run: (z: number, zStride: number, frames: number, ...rows: number[]) => void;
}

/** A planned epilogue. */
export interface EpiloguePlan {
  /** Says all the code depends on. */
  readonly name: string;
  readonly constantBytes: number;
  readonly packConstants: () => Uint8Array<ArrayBuffer>;
  /** The compiled code, cached by name. */
  readonly module: (shared: boolean) => WebAssembly.Module;
  /**
   * @param constants address of the constants, a multiple of 16
   * @throws BitpackError `BITPACK_ADDRESS`
   */
  readonly instantiate: (memory: WebAssembly.Memory, constants: number, module?: WebAssembly.Module) => BoundEpilogue;
}

type Run = (channels: number, z: number, zStride: number, frames: number, constants: number, ...rows: number[]) => void;

function checkRequantization(requantization: Requantization | null, channels: number): void {
  if (requantization === null) return;
  const { multipliers, offsets } = requantization;
  checkLength('multipliers', multipliers.length, channels);
  checkLength('offsets', offsets.length, channels);
  const limits = { narrow: 2 ** 15 - 1, wide: 2 ** 23 - 1, q15: 2 ** 15 - 1 };
  const limit = limits[requantization.arithmetic];
  const fits =
    multipliers.every((multiplier: number) => Math.abs(multiplier) <= limit) &&
    (requantization.arithmetic === 'q15'
      ? Number.isInteger(requantization.scale) && Math.abs(requantization.scale) < 16
      : requantization.shifts.length === channels && requantization.shifts.every((shift) => shift < 32) && requantization.offsets.every(Number.isSafeInteger));
  if (!fits) throw new BitpackError('BITPACK_EPILOGUE', `Got a ${requantization.arithmetic} requantisation outside its bounds.`);
}

function checkActivation(activation: Activation, channels: number): void {
  if (activation.kind === 'prelu') checkLength('slopes', activation.slopes.length, channels);
}

function checkNumbers(epilogue: Epilogue, channels: number): void {
  if (epilogue.kind === 'threshold') {
    checkLength('thresholds', epilogue.thresholds.length, channels);
    checkLength('directions', epilogue.directions.length, channels);
    if (!epilogue.thresholds.every((threshold) => Math.abs(threshold) < 2 ** 30) || !epilogue.directions.every((direction) => Math.abs(direction) === 1)) {
      throw new BitpackError('BITPACK_EPILOGUE', 'Got thresholds beyond 30 bits or directions that are neither +1 nor −1.');
    }
    return;
  }
  checkActivation(epilogue.activation, channels);
  checkActivation(epilogue.then, channels);
  if (epilogue.kind === 'float') {
    if (epilogue.affine !== null) Object.entries(epilogue.affine).forEach(([what, { length }]) => checkLength(what, length, channels));
    return;
  }
  checkRequantization(epilogue.requantization, channels);
  for (const output of epilogue.outputs) {
    if ('comparison' in output && output.comparison !== undefined) {
      checkLength('limits', output.comparison.limits.length, channels);
      checkLength('flips', output.comparison.flips.length, channels);
    }
    if (output.format === 'i8' && !(Number.isInteger(output.shift) && output.shift >= 0 && output.shift < 16)) {
      throw new BitpackError('BITPACK_EPILOGUE', `Got a shift of ${output.shift}, wanted an integer of 0 to 15.`);
    }
  }
}

/**
 * Checks an epilogue and what it is applied to.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_EPILOGUE`, `BITPACK_KERNEL_UNFIT` where the engine has no SIMD
 */
export function checkEpilogue({ channels, source, epilogue }: EpilogueRequest): void {
  checkExtents({ channels });
  if (!Object.hasOwn(EPILOGUES, epilogue.kind)) throw new BitpackError('BITPACK_EPILOGUE', `Got the kind "${String(epilogue.kind)}".`);
  const { sources, formats }: { readonly sources: readonly string[]; readonly formats: readonly string[] } = EPILOGUES[epilogue.kind];
  const stored = epilogue.outputs.map(({ format }) => format);
  if (!sources.includes(source) || stored.length === 0 || !stored.every((format) => formats.includes(format))) {
    throw new BitpackError('BITPACK_EPILOGUE', `Got [${stored.join(', ')}] of ${source}, wanted some of ${formats.join(', ')} of ${sources.join(', ')}.`);
  }
  checkNumbers(epilogue, channels);
  if (!detectCapabilities().simd) throw new BitpackError('BITPACK_KERNEL_UNFIT', 'Got an engine without SIMD.');
}

/**
 * Plans an epilogue.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_EPILOGUE`, `BITPACK_KERNEL_UNFIT`
 */
export function planEpilogue(request: EpilogueRequest): EpiloguePlan {
  checkEpilogue(request);
  const { channels, source, epilogue } = request;
  const name = `epilogue_${source}_${epilogueName(epilogue)}`;
  const constantBytes = packConstants(epilogue, source, channels).length;
  const module = (shared: boolean): WebAssembly.Module =>
    compileOnce(`bitpack/${name}/${shared ? 'shared' : 'own'}`, () => buildEpilogue(epilogue, source, shared));
  return {
    name,
    constantBytes,
    packConstants: () => packConstants(epilogue, source, channels),
    module,
    instantiate: (memory, constants, compiled) => {
      checkRegion(memory, 'constants', constants, constantBytes);
      const run = exportsOf(compiled ?? module(isShared(memory)), memory)['run'] as Run;
      return { run: (z, zStride, frames, ...rows) => run(channels, z, zStride, frames, constants, ...rows) };
    },
  };
}
