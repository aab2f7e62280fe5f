/**
 * What turns the accumulators of a frame into its outputs, as C: affine map, activations, skip connection, stores. Bits are gathered
 * into a word before they are stored. The rules are those of the runtime's reference executor, with every bit.
 */
import type { Activation, Comparison, Requantization, Split, ThresholdEpilogue, ValueEpilogue, ValueOutput } from '@bitvox/runtime';
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

/** A bit output: where its words go, the condition under which its bit is 1, and the array of inverted bits, if any. */
interface BitOutput {
  readonly pointer: string;
  /** Words before it. */
  readonly from: number;
  readonly condition: string;
  readonly inverted: string | null;
}

/** The loop over channels. With bit outputs a word of 32 channels at a time. */
function channelLoop(channels: number, body: readonly string[], bits: readonly BitOutput[]): string {
  if (bits.length === 0) return `for (c = 0; c < ${channels}; ++c) {\n${indent(body.join('\n'))}\n}`;
  const word = (index: number): string => (bits.length === 1 ? 'word' : `word${index}`);
  const gather = bits.map(({ condition }, index) => `if (${condition}) ${word(index)} |= bit;`);
  const store = bits.map(
    ({ pointer, from, inverted }, index) =>
      `${pointer}[${from === 0 ? '' : `${from} + (`}(c - 1) >> 5${from === 0 ? '' : ')'}] = ${word(index)}${inverted === null ? '' : ` ^ ${inverted}[(c - 1) >> 5]`};`,
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
  const { channels, accumulator: type, terms } = arm.step;
  // Accumulators of two terms may be all that 16 bits hold.
  const isNarrow = type === 'i16' && terms === null;
  const arrays = limitArrays('', thresholdLimits(epilogue, isNarrow), isNarrow ? 'int16_t' : 'int32_t');
  const bit: BitOutput = {
    pointer: 'y0',
    from: 0,
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

/** The two binary terms of a value `v`. */
interface SplitText {
  readonly arrays: readonly ConstArray[];
  /** Statements before the loop over channels, in it, and behind it. */
  readonly before: readonly string[];
  readonly body: readonly string[];
  readonly after: readonly string[];
  readonly bits: readonly BitOutput[];
}

/** Output `y` gets the terms; the one behind it, if there is a tensor for it, their factor. `id` makes names unique. */
function splitText({ arm }: PlannedStep, { limits, offsets, span, scale, dropped, limit }: Split, y: number, id: number): SplitText {
  const { channels } = arm.step;
  const role = `split${id}_`;
  const shape = `${channels} channels`;
  return {
    arrays: [
      { role: `${role}limits`, type: 'int16_t', values: limits, shape },
      { role: `${role}offsets`, type: 'int16_t', values: offsets, shape },
    ],
    before: scale === null ? [] : [`uint32_t sum${id} = 0;`],
    body: [
      `const int32_t first${id} = v >= ${arm.array(`${role}limits`)}[c];`,
      `const int32_t rest${id} = bitvox_rest(v, first${id}, ${arm.array(`${role}offsets`)}[c], ${span});`,
      ...(scale === null ? [] : [`sum${id} += bitvox_magnitude(rest${id}, ${dropped});`]),
    ],
    after: scale === null ? [] : [`y${y + 1}[0] = bitvox_factor(sum${id}, ${channels}, ${dropped}, ${limit});`],
    bits: [`first${id}`, `rest${id} >= 0`].map((condition, term) => ({ pointer: `y${y}`, from: term * wordsOf(channels), condition, inverted: null })),
  };
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
  const splits: SplitText[] = [];
  let y = 0;
  for (const output of epilogue.outputs) {
    const { format } = planned.outputs[y]!.tensor;
    if (output.split !== null) {
      const text = splitText(planned, output.split, y, bits.length);
      splits.push(text);
      arrays.push(...text.arrays);
      body.push(...text.body);
      bits.push(...text.bits);
      y += output.split.scale === null ? 1 : 2;
      continue;
    }
    if (format === 'i16' || format === 'i8') body.push(storeLine(output, y, format));
    else {
      const role = `bit${bits.length}_`;
      const own = output.comparison === null ? [] : limitArrays(role, comparisonLimits(output.comparison), 'int16_t');
      arrays.push(...own);
      const condition = own.length === 0 ? 'v >= 0' : `v >= ${arm.array(`${role}limits`)}[c]`;
      bits.push({ pointer: `y${y}`, from: 0, condition, inverted: own.length > 1 ? arm.array(`${role}inverted`) : null });
    }
    y += 1;
  }
  const usesSlope = epilogue.activation.kind === 'prelu' || epilogue.then.kind === 'prelu';
  return {
    parts: ['arithmetic', ...(requantized?.parts ?? []), ...(usesSlope ? (['prelu'] as const) : []), ...(splits.length > 0 ? (['split'] as const) : [])],
    arrays,
    text: [...splits.flatMap(({ before }) => before), channelLoop(arm.step.channels, body, bits), ...splits.flatMap(({ after }) => after)].join('\n'),
  };
}

/** The epilogue of a step whose kernel writes accumulators; `accumulator` is the C expression of that of channel `c`. */
export function epilogueText(planned: PlannedStep, accumulator: string): EpilogueText {
  const { epilogue } = planned.arm.step;
  if (epilogue.kind === 'threshold') return thresholdText(planned, epilogue, accumulator);
  if (epilogue.kind === 'value') return valueText(planned, epilogue, accumulator);
  throw new TypeError('float epilogues are refused when a network is planned');
}
