import { ModuleBuilder } from '@bitvox/wasm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Activation, Comparison, ProgramTensor, Requantization, TensorFormat, ThresholdEpilogue, ValueEpilogue } from '../../program.ts';
import { finishThreshold, finishValue, storeSign, storeValue } from '../../reference/finish.ts';
import { comparisonTable, valueTable } from '../tables.ts';
import type { Kernel } from './kernel.ts';
import { thresholdEpilogue, thresholdTable } from './threshold-epilogue.ts';
import { type AccumulatorSource, valueEpilogue, type ValueKind } from './value-epilogue.ts';
import { activationKind, slopeArgument } from './value-lanes.ts';

const FRAMES = 40;
const PAGE = 65_536;
const [Z, TABLE, LIMITS_AT, RESIDUAL, BLOCK, OUT] = [0, 16_384, 18_432, 20_480, 24_576, 32_768];
const VIEW = { i8: Int8Array, sign: Int8Array, bit: Int8Array, i16: Int16Array, i32: Int32Array } as const;
const LIMITS = { i8: [-128, 127], i16: [-32_768, 32_767], i32: [-(2 ** 29) + 1, 2 ** 29 - 1] } as const;

function link(kernel: Kernel): { run: (...args: number[]) => void; buffer: ArrayBuffer } {
  const module = new ModuleBuilder({ from: 'own', minimum: 1 });
  kernel.define(module, 0);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  new Uint8Array(buffer, 0, PAGE).fill(0xa5);
  const run = exports[kernel.name] as (block: number) => void;
  return {
    run(...values: number[]) {
      new Int32Array(buffer, BLOCK, values.length).set(values);
      run(BLOCK);
    },
    buffer,
  };
}

/** Integers of a range, its ends often. */
const extreme = (low: number, high: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: low, max: high }), fc.constantFrom(low, high, low + 1, high - 1, 0, -1, 1));
const accumulators = (source: AccumulatorSource, narrow: boolean): fc.Arbitrary<number[]> => {
  const [low, high] = narrow && source !== 'i8' ? [-32_766, 32_766] : LIMITS[source];
  return fc.array(extreme(low, high), { minLength: FRAMES, maxLength: FRAMES });
};

const narrow = fc.record({ multiplier: extreme(-32_767, 32_767), offset: extreme(-(2 ** 30), 2 ** 30), shift: fc.integer({ min: 0, max: 31 }) });
// The largest accumulator times the multiplier, shifted, stays within 32 bits.
const wide = fc.integer({ min: 0, max: 31 }).chain((shift) => {
  const largest = Math.min(2 ** 23 - 1, 2 ** (shift + 1));
  return fc.record({ multiplier: extreme(-largest, largest), offset: extreme(-(2 ** (shift + 29)), 2 ** (shift + 29)), shift: fc.constant(shift) });
});
const activation: fc.Arbitrary<Activation> = fc.oneof(
  fc.constant<Activation>({ kind: 'none' }),
  fc.constant<Activation>({ kind: 'relu' }),
  fc.oneof(extreme(-32_767, 32_767), fc.constantFrom(-16_385, -16_384, -16_383, 16_383, 16_384)).map((slope): Activation => ({ kind: 'prelu', slope })),
);
const output = fc.oneof(
  fc.integer({ min: 0, max: 15 }).map((shift) => ({ format: 'i8' as const, shift, comparison: null })),
  fc.constantFrom('sign', 'bit', 'i16').map((format) => ({ format: format as 'sign' | 'bit' | 'i16', shift: 0, comparison: null })),
  fc.tuple(fc.constantFrom<'sign' | 'bit'>('sign', 'bit'), extreme(-32_768, 32_767), fc.constantFrom(0, -1)).map(([format, limit, flip]) => ({
    format,
    shift: 0,
    comparison: { limits: Int16Array.of(limit), flips: Int8Array.of(flip) } as Comparison,
  })),
);

const tensor = (format: TensorFormat): ProgramTensor => ({ name: 't', format, channels: 1, scale: 1, hop: 1, delay: 0, padding: [0, 0], fill: null });

test.each([
  ['i8', 'narrow'],
  ['i16', 'narrow'],
  ['i32', 'narrow'],
  ['i8', 'wide'],
  ['i16', 'wide'],
  ['i32', 'wide'],
  ['i8', 'none'],
  ['i16', 'none'],
] as const)('value epilogues of %s accumulators with %s requantisation are those of the reference', (source, arithmetic) => {
  const residual = fc.option(fc.array(extreme(-32_768, 32_767), { minLength: FRAMES, maxLength: FRAMES }));
  const outputs = fc.array(output, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      accumulators(source, arithmetic === 'narrow'),
      arithmetic === 'wide' ? wide : narrow,
      activation,
      activation,
      residual,
      outputs,
      (z, channel, first, then, added, outs) => {
        const requantization: Requantization | null =
          arithmetic === 'none'
            ? null
            : { arithmetic, multipliers: Int32Array.of(channel.multiplier), offsets: Float64Array.of(channel.offset), shifts: Uint8Array.of(channel.shift) };
        const epilogue: ValueEpilogue = { kind: 'value', requantization, activation: first, residual: added === null ? null : 0, then, outputs: [] };
        const kinds = outs.map(({ format, shift, comparison }) => ({
          format,
          shift,
          compared: comparison !== null,
          split: 'none' as const,
          span: 0,
          dropped: 0,
        }));
        const kind: ValueKind = {
          source,
          arithmetic,
          shift: null,
          activation: activationKind(first),
          residual: added !== null,
          then: activationKind(then),
          outputs: kinds,
        };
        const { run, buffer } = link(valueEpilogue(kind));
        new VIEW[source](buffer, Z, FRAMES).set(z);
        if (requantization !== null) new Uint8Array(buffer, TABLE).set(valueTable(requantization, [0]));
        if (added !== null) new Int16Array(buffer, RESIDUAL, FRAMES).set(added);
        outs.forEach(({ comparison }, index) => comparison === null || new Int16Array(buffer, LIMITS_AT + 16 * index, 2).set(comparisonTable(comparison, [0])));
        const slopes = [slopeArgument(first), slopeArgument(then)];
        run(Z, 0, 1, FRAMES, TABLE, ...slopes, RESIDUAL, 0, ...outs.flatMap((_, index) => [OUT + 1024 * index, 0, LIMITS_AT + 16 * index]));
        outs.forEach((out, index) => {
          const expected = z.map((accumulator, frame) =>
            storeValue(finishValue(epilogue, accumulator, 0, added?.[frame] ?? 0), { tensor: 0, split: null, ...out }, tensor(out.format), 0),
          );
          expect([...new VIEW[out.format](buffer, OUT + 1024 * index, FRAMES)]).toEqual(expected);
        });
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ['i8', false],
  ['i16', false],
  ['i16', true],
  ['i32', true],
] as const)('threshold epilogues of %s accumulators (wide: %s) are those of the reference', (source, isWide) => {
  const threshold = fc.oneof(extreme(-32_768, 32_767), fc.constantFrom(-(2 ** 30) + 1, 2 ** 30 - 1));
  const outputs = fc.array(fc.constantFrom<'sign' | 'bit'>('sign', 'bit'), { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(accumulators(source, !isWide), threshold, fc.constantFrom(-1, 1), outputs, (z, limit, direction, formats) => {
      const epilogue: ThresholdEpilogue = { kind: 'threshold', thresholds: Int32Array.of(limit), directions: Int8Array.of(direction), outputs: [] };
      const { run, buffer } = link(thresholdEpilogue({ source, wide: isWide, outputs: formats }));
      new VIEW[source](buffer, Z, FRAMES).set(z);
      new Int32Array(buffer, TABLE, 2).set(thresholdTable(epilogue, isWide));
      run(Z, 0, 1, FRAMES, TABLE, ...formats.flatMap((_, index) => [OUT + 1024 * index, 0]));
      formats.forEach((format, index) => {
        const expected = z.map((accumulator) => storeSign(finishThreshold(epilogue, accumulator, 0), format));
        expect([...new VIEW[format](buffer, OUT + 1024 * index, FRAMES)]).toEqual(expected);
      });
    }),
    { numRuns: 60 },
  );
});
