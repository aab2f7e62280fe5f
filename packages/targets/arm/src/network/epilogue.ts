/**
 * What turns the accumulators of a frame into its outputs, as C: affine map, activations, skip connection, stores. Bits are gathered
 * into a word before they are stored. The rules are those of the runtime's reference executor, with every bit.
 */
import type { Activation, Comparison, Requantization, ThresholdEpilogue, ValueEpilogue, ValueOutput } from '@bitvox/runtime';
import { type ConstArray, indent } from '../c-text.ts';
import { wordsOf } from '../kernels/kernel.ts';
import type { PartName } from '../parts.ts';
import type { PlannedStep } from './plan.ts';
import { thresholdLimits } from './threshold-limits.ts';

/** C statements with what they need. */
export interface EpilogueText {
  readonly parts: readonly PartName[];
  readonly arrays: readonly ConstArray[];
  readonly text: string;
}

/** The same from "(value ^ flip) >= limit". A flipped limit of -32768 is reached by everything, as it is without the flip. */
function comparisonLimits({ limits, flips }: Comparison): { limits: number[]; inverted: boolean[] } {
  const inverted = Array.from(flips, (flip, channel) => flip !== 0 && limits[channel] !== -32_768);
  return { limits: Array.from(limits, (limit, channel) => (inverted[channel]! ? -limit : limit)), inverted };
}

function limitArrays(
  role: string,
  { limits, inverted }: { readonly limits: number[]; readonly inverted: boolean[] },
  type: 'int16_t' | 'int32_t',
): ConstArray[] {
  const channels = limits.length;
  const arrays: ConstArray[] = [{ role: `${role}limits`, type, values: limits, shape: `${channels} channels` }];
  if (!inverted.includes(true)) return arrays;
  const words = new Uint32Array(wordsOf(channels));
  inverted.forEach((isInverted, channel) => {
    if (isInverted) words[channel >> 5]! |= 1 << (channel & 31);
  });
  return [...arrays, { role: `${role}inverted`, type: 'uint32_t', values: words, shape: `${channels} channels` }];
}

/** A bit output: the condition under which its bit is 1, and the array of inverted bits, if any. */
interface BitOutput {
  readonly pointer: string;
  readonly condition: string;
  readonly inverted: string | null;
}

/** The loop over channels. With bit outputs a word of 32 channels at a time. */
function channelLoop(channels: number, body: readonly string[], bits: readonly BitOutput[]): string {
  if (bits.length === 0) return `for (c = 0; c < ${channels}; ++c) {\n${indent(body.join('\n'))}\n}`;
  const word = (index: number): string => (bits.length === 1 ? 'word' : `word${index}`);
  const gather = bits.map(({ condition }, index) => `if (${condition}) ${word(index)} |= bit;`);
  const store = bits.map(
    ({ pointer, inverted }, index) => `${pointer}[(c - 1) >> 5] = ${word(index)}${inverted === null ? '' : ` ^ ${inverted}[(c - 1) >> 5]`};`,
  );
  return [
    `for (c = 0; c < ${channels};) {`,
    indent(bits.map((_, index) => `uint32_t ${word(index)} = 0;`).join('\n')),
    '    uint32_t bit;',
    `    for (bit = 1; bit != 0 && c < ${channels}; bit <<= 1, ++c) {`,
    indent([...body, ...gather].join('\n'), '        '),
    '    }',
    indent(store.join('\n')),
    '}',
  ].join('\n');
}

/** A bit output of which another one is a copy. */
const copyLines = (from: number, outputs: number, words: number): string[] =>
  Array.from({ length: outputs - from - 1 }, (_, index) => `for (c = 0; c < ${words}; ++c) y${from + index + 1}[c] = y${from}[c];`);

function thresholdText(planned: PlannedStep, epilogue: ThresholdEpilogue, accumulator: string): EpilogueText {
  const { arm } = planned;
  const arrays = limitArrays('', thresholdLimits(epilogue, arm.step.accumulator === 'i16'), arm.step.accumulator === 'i16' ? 'int16_t' : 'int32_t');
  const { channels } = arm.step;
  const bit: BitOutput = {
    pointer: 'y0',
    condition: `${accumulator} >= ${arm.array('limits')}[c]`,
    inverted: arrays.length > 1 ? arm.array('inverted') : null,
  };
  const copies = copyLines(0, epilogue.outputs.length, wordsOf(channels));
  return { parts: [], arrays, text: [channelLoop(channels, [], [bit]), ...copies].join('\n') };
}

function requantizationText(planned: PlannedStep, rule: Requantization, accumulator: string): EpilogueText {
  const { array } = planned.arm;
  const { arithmetic } = rule;
  const shape = `${rule.multipliers.length} channels`;
  const isNarrow = arithmetic === 'narrow';
  return {
    parts: [`requantize_${arithmetic}`],
    arrays: [
      { role: 'multipliers', type: isNarrow ? 'int16_t' : 'int32_t', values: rule.multipliers, shape },
      { role: 'offsets', type: isNarrow ? 'int32_t' : 'int64_t', values: rule.offsets, shape },
      { role: 'shifts', type: 'uint8_t', values: rule.shifts, shape },
    ],
    text: `bitvox_requantize_${arithmetic}(${accumulator}, ${array('multipliers')}[c], ${array('offsets')}[c], ${array('shifts')}[c])`,
  };
}

function activationLines(activation: Activation): string[] {
  if (activation.kind === 'none') return [];
  return [activation.kind === 'relu' ? 'if (v < 0) v = 0;' : `v = bitvox_prelu(v, ${activation.slope});`];
}

function storeLine(output: ValueOutput, index: number, format: string): string {
  if (format === 'i16') return `y${index}[c] = (int16_t)v;`;
  const rounded = output.shift === 0 ? 'v' : `(v + ${2 ** (output.shift - 1)}) >> ${output.shift}`;
  return `y${index}[c] = (int8_t)bitvox_clip(${rounded}, -128, 127);`;
}

function valueText(planned: PlannedStep, epilogue: ValueEpilogue, accumulator: string): EpilogueText {
  const { arm } = planned;
  const requantized = epilogue.requantization === null ? null : requantizationText(planned, epilogue.requantization, accumulator);
  const arrays = [...(requantized?.arrays ?? [])];
  const body = [
    `int32_t v = bitvox_saturate16(${requantized?.text ?? accumulator});`,
    ...activationLines(epilogue.activation),
    ...(epilogue.residual === null ? [] : ['v = bitvox_saturate16(v + residual[c]);']),
    ...activationLines(epilogue.then),
  ];
  const bits: BitOutput[] = [];
  epilogue.outputs.forEach((output, index) => {
    const { format } = planned.outputs[index]!.tensor;
    if (format === 'i16' || format === 'i8') {
      body.push(storeLine(output, index, format));
      return;
    }
    const role = `bit${bits.length}_`;
    const own = output.comparison === null ? [] : limitArrays(role, comparisonLimits(output.comparison), 'int16_t');
    arrays.push(...own);
    bits.push({
      pointer: `y${index}`,
      condition: own.length === 0 ? 'v >= 0' : `v >= ${arm.array(`${role}limits`)}[c]`,
      inverted: own.length > 1 ? arm.array(`${role}inverted`) : null,
    });
  });
  const usesSlope = epilogue.activation.kind === 'prelu' || epilogue.then.kind === 'prelu';
  return {
    parts: ['arithmetic', ...(requantized?.parts ?? []), ...(usesSlope ? (['prelu'] as const) : [])],
    arrays,
    text: channelLoop(arm.step.channels, body, bits),
  };
}

/** The epilogue of a step whose kernel writes accumulators. */
export function epilogueText(planned: PlannedStep): EpilogueText {
  const accumulator = planned.text.accumulator ?? 'z[c]';
  const { epilogue } = planned.arm.step;
  if (epilogue.kind === 'threshold') return thresholdText(planned, epilogue, accumulator);
  if (epilogue.kind === 'value') return valueText(planned, epilogue, accumulator);
  throw new TypeError('float epilogues are refused when a network is planned');
}
