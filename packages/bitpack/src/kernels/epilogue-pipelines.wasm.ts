/**
 * Pipelines of epilogues: their stages in the order of their constants, and the code that takes sixteen frames through them.
 * Invariant: constants of a channel lie stage after stage, so that packing and code cannot disagree.
 */
import { f32x4, type FunctionBuilder, i16x8, i32x4, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import type { BitFormat, Epilogue, EpilogueSource, FloatEpilogue, ThresholdEpilogue, ValueEpilogue, ValueOutput } from './epilogue.ts';
import { affineStage, floatActivationStage } from './epilogue-floats.wasm.ts';
import { activationStage, comparisonStage, isSteep, lanes16, lanes32, requantizeStage, type Stage } from './epilogue-integers.wasm.ts';
import type { Accumulators } from './row-store.wasm.ts';

/** The pipeline of an epilogue: its stages in the order of their constants, and what is emitted for sixteen frames. */
export interface Pipeline {
  readonly stages: readonly Stage<unknown>[];
  readonly emit: (f: FunctionBuilder) => {
    readonly load: (constants: Local<'i32'>) => void;
    readonly finish: (z: Accumulators, residual: (vector: number) => V128, store: (output: number, vector: number, value: V128) => void) => void;
  };
}

/** Emits all stages; `load` reads their constants one behind the other, from `first` on. */
function emitStages<const Stages extends readonly Stage<unknown>[]>(f: FunctionBuilder, stages: Stages, first = 0) {
  const emitted = stages.map((stage) => stage.emit(f));
  return {
    apply: emitted.map(({ apply }) => apply) as unknown as { readonly [N in keyof Stages]: Stages[N] extends Stage<infer Apply> ? Apply : never },
    load: (constants: Local<'i32'>): void => {
      let at = first;
      emitted.forEach(({ load }, n) => {
        load(constants, at);
        at += stages[n]!.bytes;
      });
    },
  };
}

/** Sixteen bytes of a 1-bit format, or for `packed` a mask of the zeros, out of two such masks of 16-bit lanes. */
function bitBytes(negative: readonly [V128, V128], format: BitFormat): V128 {
  const mask = i8x16.narrowI16x8S(negative[0], negative[1]);
  if (format === 'packed') return mask;
  return format === 'sign' ? v128.or(mask, i8x16.constSplat(1)) : v128.andnot(i8x16.constSplat(1), mask);
}

const roundingShift = (value: V128, shift: number): V128 =>
  // (v + 2^(s−1)) >> s without the overflow: the last bit that is shifted out rounds.
  shift === 0 ? value : i16x8.shrS(i16x8.addSatS(shift === 1 ? value : i16x8.shrS(value, shift - 1), i16x8.constSplat(1)), 1);

function valuePipeline({ requantization, activation, residual: adds, then, outputs }: ValueEpilogue): Pipeline {
  const comparisons = outputs.map((output: ValueOutput) => comparisonStage('comparison' in output ? output.comparison : undefined));
  const [requantize, activate, last] = [requantizeStage(requantization), activationStage(activation), activationStage(then)];
  const stages = [requantize, activate, last, ...comparisons];
  return {
    stages,
    emit: (f) => {
      const { load, apply } = emitStages(f, [requantize, activate, last] as const);
      const compared = emitStages(f, comparisons, requantize.bytes + activate.bytes + last.bytes);
      const values = f.locals('v128', 2);
      return {
        load: (constants) => {
          load(constants);
          compared.load(constants);
        },
        finish: (z, residual, store) => {
          values.forEach((value, n) => {
            f.set(value, apply[0](z, n));
            apply[1](value);
            if (adds) f.set(value, i16x8.addSatS(value, residual(n)));
            apply[2](value);
          });
          const [low, high] = values as [Local<'v128'>, Local<'v128'>];
          outputs.forEach((output, index) => {
            if (output.format === 'i16') values.forEach((value, n) => store(index, n, value));
            else if (output.format === 'i8') store(index, 0, i8x16.narrowI16x8S(roundingShift(low, output.shift), roundingShift(high, output.shift)));
            else store(index, 0, bitBytes([compared.apply[index]!(low), compared.apply[index]!(high)], output.format));
          });
        },
      };
    },
  };
}

/** Bit 0 where limit > (z ^ flip) or, since no 16-bit limit is above all values, where `never`; ~z = −z − 1 turns directions. */
function thresholdPipeline({ thresholds, directions, outputs }: ThresholdEpilogue, source: EpilogueSource): Pipeline {
  const isWide = source === 'i32';
  const stage: Stage<(z: Accumulators, n: number) => V128> = {
    bytes: isWide ? 8 : 6,
    write: (view, at, channel) => {
      const limit = directions[channel] === 1 ? thresholds[channel]! : thresholds[channel]! - 1;
      const flip = directions[channel] === 1 ? 0 : -1;
      if (isWide) {
        view.setInt32(at, limit, true);
        view.setInt32(at + 4, flip, true);
        return;
      }
      view.setInt16(at, Math.max(-0x8000, Math.min(0x7fff, limit)), true);
      view.setInt16(at + 2, flip, true);
      view.setInt16(at + 4, limit > 0x7fff ? -1 : 0, true);
    },
    emit: (f) => {
      const [limit, flip, never] = [f.local('v128'), f.local('v128'), f.local('v128')];
      const splat = isWide ? v128.load32Splat : v128.load16Splat;
      return {
        load: (constants, at) => {
          f.set(limit, splat(constants, at));
          f.set(flip, splat(constants, at + (isWide ? 4 : 2)));
          if (!isWide) f.set(never, v128.load16Splat(constants, at + 4));
        },
        apply: (z, n) => {
          if (!isWide) return v128.or(i16x8.gtS(limit, v128.xor(lanes16(z, n), flip)), never);
          const below = (part: number): V128 => i32x4.gtS(limit, v128.xor(lanes32(z, part), flip));
          return i16x8.narrowI32x4S(below(2 * n), below(2 * n + 1));
        },
      };
    },
  };
  return {
    stages: [stage],
    emit: (f) => {
      const { load, apply } = emitStages(f, [stage] as const);
      const masks = f.locals('v128', 2) as [Local<'v128'>, Local<'v128'>];
      return {
        load,
        finish: (z, _, store) => {
          masks.forEach((mask, n) => f.set(mask, apply[0](z, n)));
          outputs.forEach(({ format }, index) => store(index, 0, bitBytes(masks, format)));
        },
      };
    },
  };
}

function floatPipeline({ affine, activation, residual: adds, then, outputs }: FloatEpilogue): Pipeline {
  const stages = [affineStage(affine), floatActivationStage(activation), floatActivationStage(then)] as const;
  return {
    stages,
    emit: (f) => {
      const { load, apply } = emitStages(f, stages);
      const values = f.locals('v128', 4);
      // Not "value < 0": what is no number has bit 0.
      const negative = (n: number): V128 => v128.not(f32x4.ge(values[n]!, v128.zero()));
      const half = (n: number): V128 => i16x8.narrowI32x4S(negative(2 * n), negative(2 * n + 1));
      return {
        load,
        finish: (z, residual, store) => {
          values.forEach((value, n) => {
            f.set(value, apply[0](z, n));
            apply[1](value);
            if (adds) f.set(value, f32x4.add(value, residual(n)));
            apply[2](value);
          });
          outputs.forEach(({ format }, index) => {
            if (format === 'f32') values.forEach((value, n) => store(index, n, value));
            else store(index, 0, bitBytes([half(0), half(1)], format));
          });
        },
      };
    },
  };
}

/** The pipeline of an epilogue over accumulators of a type. */
export function pipelineOf(epilogue: Epilogue, source: EpilogueSource): Pipeline {
  if (epilogue.kind === 'threshold') return thresholdPipeline(epilogue, source);
  return epilogue.kind === 'value' ? valuePipeline(epilogue) : floatPipeline(epilogue);
}

/** Whether an epilogue adds a residual. */
export const adds = (epilogue: Epilogue): boolean => epilogue.kind !== 'threshold' && epilogue.residual;

/** All that the code of an epilogue depends on, as part of a name. */
export function epilogueName(epilogue: Epilogue): string {
  if (epilogue.kind === 'threshold') return ['threshold', ...epilogue.outputs.map(({ format }) => format)].join('_');
  const first =
    epilogue.kind === 'float'
      ? [epilogue.affine === null ? 'plain' : 'affine']
      : [epilogue.requantization?.arithmetic ?? 'plain', ...(epilogue.requantization?.arithmetic === 'q15' ? [`scale${epilogue.requantization.scale}`] : [])];
  const activation = (which: Epilogue & { kind: 'value' | 'float' }, key: 'activation' | 'then'): string =>
    which.kind === 'value' && isSteep(which[key]) ? 'steep' : which[key].kind;
  const outputs = epilogue.outputs.map((output: ValueOutput | { readonly format: 'f32' }) =>
    output.format === 'i8' ? `i8.${output.shift}` : 'comparison' in output ? `${output.format}.compared` : output.format,
  );
  return [epilogue.kind, ...first, activation(epilogue, 'activation'), adds(epilogue) ? 'add' : 'alone', activation(epilogue, 'then'), ...outputs].join('_');
}

/** Bytes of constants per channel. */
export const recordBytes = ({ stages }: Pipeline): number => stages.reduce((sum, { bytes }) => sum + bytes, 0);

/** Constants of all channels, as the code reads them. */
export function packConstants(epilogue: Epilogue, source: EpilogueSource, channels: number): Uint8Array<ArrayBuffer> {
  const pipeline = pipelineOf(epilogue, source);
  const bytes = new Uint8Array(channels * recordBytes(pipeline));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (const stage of pipeline.stages) {
      stage.write(view, at, channel);
      at += stage.bytes;
    }
  }
  return bytes;
}
