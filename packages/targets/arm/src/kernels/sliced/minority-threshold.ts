/**
 * Pointwise 1-bit layers whose outputs are bits: only the weights of the channels with the rarer sign of a frame are counted, bit-sliced, and
 * the count is compared with the limits while it is still in slices, so no accumulator is ever unpacked.
 *
 * With n positive inputs, P positive weights and S weights positive where the input is, z = channels - 2 (n + P - 2 S). Let `count` be the
 * number of inputs with the rarer sign and S theirs: D = 2 S - count. Then z >= L is D >= P - F where positive inputs are rarer, and
 * D <= F + P - channels where negative ones are, with F = floor((channels - L) / 2). D is kept as 2 (S - ceil(count / 2) + bias) + (count odd),
 * never negative, in planes: words of one bit of D for each output. The generator unrolls what it knows: planes, adders, comparison.
 */
import type { ThresholdEpilogue } from '@bitvox/runtime';
import type { Core } from '../../cores.ts';
import { thresholdLimits } from '../../network/threshold-limits.ts';
import { carry3, sum3 } from '../adders.ts';
import { integerWeights, type WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, type ArmStep, copyBits, wordsOf } from '../kernel.ts';
import { isBinary, isMicrocontroller } from './sliced.ts';

/** Inputs that one round of the loop counts. */
const ROUND = 16;

/** What the text depends on besides the sizes. */
interface Lanes {
  /** Words that are counted side by side. */
  readonly words: 1 | 4;
  readonly type: string;
  readonly splat: (word: string) => string;
  /** The lanes at a pointer plus a number of words. */
  readonly at: (pointer: string, offset: string) => string;
}

const WORD: Lanes = { words: 1, type: 'uint32_t', splat: (word) => word, at: (pointer, offset) => `${pointer}[${offset}]` };
const VECTOR: Lanes = {
  words: 4,
  type: 'bitvox_vector',
  splat: (word) => `bitvox_splat(${word})`,
  at: (pointer, offset) => `*(const bitvox_vector *)(const void *)(${pointer} + ${offset})`,
};

/** Sizes of D. */
function slicesOf(channels: number): { readonly longest: number; readonly bias: number; readonly planes: number } {
  const longest = channels >> 1;
  const bias = (longest + 1) >> 1;
  return { longest, bias, planes: Math.ceil(Math.log2(2 * bias + 2)) };
}

/** Limits of D as slices, complemented, so that a carry chain compares: `[rarer sign][group][plane and what to flip][lane]`. */
function limitSlices(step: WeightedStep<'conv1d'>, lanes: number): Uint32Array {
  const { inputChannels: inputs, channels } = step;
  const { bias, planes } = slicesOf(inputs);
  const { limits, inverted } = thresholdLimits(step.epilogue as ThresholdEpilogue, step.accumulator === 'i16');
  const values = integerWeights(step);
  const rows = planes + 2;
  const half = (channels / 32) * rows;
  const slices = new Uint32Array(2 * half);
  for (let output = 0; output < channels; output++) {
    const positive = values.subarray(output * inputs, (output + 1) * inputs).reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
    const room = Math.floor((inputs - limits[output]!) / 2);
    for (const [side, limit] of [positive - room, room + positive - inputs + 1].entries()) {
      const biased = Math.max(0, Math.min(4 * bias + 2, limit + 2 * bias));
      const first = side * half + Math.floor(output / (32 * lanes)) * rows * lanes + (Math.floor(output / 32) % lanes);
      for (let plane = 0; plane <= planes; plane++) {
        if (((biased >> plane) & 1) === 0) slices[first + plane * lanes]! |= 1 << (output & 31);
      }
      if (inverted[output] !== (side === 1)) slices[first + (planes + 1) * lanes]! |= 1 << (output & 31);
    }
  }
  return slices;
}

/** `[channel and a row of zeros][word of 32 outputs]`. */
function rowsOf(step: WeightedStep<'conv1d'>): Uint32Array {
  const { inputChannels: inputs, channels } = step;
  const stride = wordsOf(channels);
  const values = integerWeights(step);
  const rows = new Uint32Array((inputs + 1) * stride);
  for (let at = 0; at < values.length; at++) {
    const output = Math.floor(at / inputs);
    if (values[at]! > 0) rows[(at % inputs) * stride + (output >> 5)]! |= 1 << (output & 31);
  }
  return rows;
}

/** Adds eight inputs of the list to the planes of 1, 2 and 4; `eight` is the carry. */
function countEight({ at, type }: Lanes, first: number, eight: string): string[] {
  const pair = (number: number): string[] => [
    `w0 = ${at(`next[${first + 2 * number}]`, 'group')};`,
    `w1 = ${at(`next[${first + 2 * number + 1}]`, 'group')};`,
    `two${number & 1} = ${carry3('b0', 'w0', 'w1')};`,
    `b0 = ${sum3('b0', 'w0', 'w1')};`,
  ];
  const four = (number: number): string[] => [
    ...pair(2 * number),
    ...pair(2 * number + 1),
    `four${number} = ${carry3('b1', 'two0', 'two1')};`,
    `b1 = ${sum3('b1', 'two0', 'two1')};`,
  ];
  return [...four(0), ...four(1), `const ${type} ${eight} = ${carry3('b2', 'four0', 'four1')};`, `b2 = ${sum3('b2', 'four0', 'four1')};`];
}

/** Adds a round to all planes. */
function countRound(lanes: Lanes, planes: number): string[] {
  const ripple = Array.from({ length: planes - 4 }, (_, index) => {
    const plane = `b${index + 4}`;
    return index === planes - 5 ? [`${plane} ^= carry;`] : [`w0 = ${plane} & carry;`, `${plane} ^= carry;`, 'carry = w0;'];
  }).flat();
  return [
    `${lanes.type} w0, w1, two0, two1, four0, four1, carry;`,
    ...countEight(lanes, 0, 'eight0'),
    ...countEight(lanes, 8, 'eight1'),
    ...(planes > 4 ? [`carry = ${carry3('b3', 'eight0', 'eight1')};`] : ['(void)carry;']),
    `b3 = ${sum3('b3', 'eight0', 'eight1')};`,
    ...ripple,
  ];
}

const block = (lines: readonly string[], by: string): string => lines.map((line) => `${by}${line}\n`).join('');

/** Layers of the same size share their functions. */
const functionName = ({ inputChannels, channels }: WeightedStep<'conv1d'>): string => `bitvox_minority_${inputChannels}x${channels}`;

/** The two functions of a size: one that counts a group of outputs, one that makes the list and goes over the groups. */
function functionsText(step: WeightedStep<'conv1d'>, lanes: Lanes): string {
  const { inputChannels: inputs, channels } = step;
  const name = functionName(step);
  const { longest, bias, planes } = slicesOf(inputs);
  const stride = wordsOf(channels);
  const rows = planes + 2;
  const numbers = Array.from({ length: planes }, (_, plane) => plane);
  const limit = (row: number): string => lanes.at('limits', String(row * lanes.words));
  const group = `static inline void ${name}_group(
    uint32_t *y, const uint32_t *const *list, const uint32_t *const *end, uint32_t start, uint32_t odd, const uint32_t *limits, int32_t group)
{
    const uint32_t *const *next;
${block(
  numbers.map((plane) => `${lanes.type} b${plane} = ${lanes.splat(`0u - ((start >> ${plane}) & 1u)`)};`),
  '    ',
)}    ${lanes.type} reached = ${lanes.splat('odd')} | ${limit(0)};
    for (next = list; next != end; next += ${ROUND}) {
${block(countRound(lanes, planes), '        ')}    }
${block(
  numbers.map((plane) => `reached = ${carry3(`b${plane}`, `(${limit(plane + 1)})`, 'reached')};`),
  '    ',
)}    reached ^= ${limit(planes + 1)};
    ${lanes.words === 1 ? 'y[group] = reached;' : '*(bitvox_vector *)(void *)(y + group) = reached;'}
}
`;
  const calls =
    lanes.words === 1
      ? [`for (c = 0; c < ${stride}; ++c, limits += ${rows}) ${name}_group(y, list, end, start, odd, limits, c);`]
      : // The number of the group is a constant in each call, so that it becomes part of every load.
        Array.from(
          { length: stride / lanes.words },
          (_, index) => `${name}_group(y, list, end, start, odd, limits + ${index * rows * lanes.words}, ${index * lanes.words});`,
        );
  const bits = Array.from({ length: 8 }, (_, bit) => [
    `*end = row${bit === 0 ? '' : ` + ${bit * stride}`};`,
    `end += ${bit === 0 ? 'bits' : `(bits >> ${bit})`} & 1u;`,
  ]).flat();
  return `#if !defined(${name.toUpperCase()})
#define ${name.toUpperCase()}
/* Bits of y: whether 1-bit products of a frame with ${inputs} channels reach the limits of ${channels} outputs. */
${group}
static void ${name}(uint32_t *y, const uint32_t *x, const uint32_t *signs, const uint32_t *limits)
{
    const uint32_t *list[${longest + ROUND}];
    const uint32_t **end = list;
    const uint32_t *row = signs;
    int32_t positive = 0;
    int32_t c;
    uint32_t flip, start, odd;
    for (c = 0; c < ${wordsOf(inputs)}; ++c) positive += bitvox_popcount(x[c]);
    flip = 2 * positive > ${inputs} ? 0xffffffffu : 0u;
    for (c = 0; c < ${inputs}; c += 8, row += ${8 * stride}) {
        const uint32_t bits = (x[c >> 5] ^ flip) >> (c & 31);
${block(bits, '        ')}    }
    start = ${bias}u - (uint32_t)(((end - list) + 1) >> 1);
    odd = 0u - ((uint32_t)(end - list) & 1u);
    while (((end - list) & ${ROUND - 1}) != 0) *end++ = signs + ${inputs * stride};
    if (flip != 0) limits += ${stride * rows};
${block(calls, '    ')}}
#endif
`;
}

function minorityThreshold(
  implementation: string,
  lanes: Lanes,
  summary: string,
  runsOn: (core: Core) => boolean,
  instructions: (inputs: number, groups: number) => number,
): ArmKernel {
  const stepOf = ({ step }: ArmStep): WeightedStep<'conv1d'> => step as WeightedStep<'conv1d'>;
  return {
    name: `conv1d_1x1_bit__${implementation}`,
    summary,
    op: 'conv1d',
    writes: 'outputs',
    runsOn,
    fits(arm) {
      const { channels, inputChannels, window, epilogue } = arm.step;
      const isPointwise = window.kernel === 1 && window.padding[0] === 0 && window.padding[1] === 0;
      const fitsLanes = channels % (32 * lanes.words) === 0 && inputChannels % 8 === 0 && inputChannels >= 32 && inputChannels <= 1024;
      return isBinary(arm) && epilogue.kind === 'threshold' && isPointwise && fitsLanes;
    },
    cost: ({ step }) => instructions(step.inputChannels, step.channels / (32 * lanes.words)),
    weights(arm) {
      const step = stepOf(arm);
      const groups = step.channels / (32 * lanes.words);
      const { planes } = slicesOf(step.inputChannels);
      return [
        {
          role: 'signs',
          type: 'uint32_t',
          values: rowsOf(step),
          shape: `${step.inputChannels} channels and a row of zeros x ${wordsOf(step.channels)} words of 32 outputs`,
        },
        {
          role: 'limits',
          type: 'uint32_t',
          values: limitSlices(step, lanes.words),
          shape: `2 signs x ${groups} groups x ${planes + 2} slices x ${lanes.words} words`,
        },
      ];
    },
    emit(arm) {
      const step = stepOf(arm);
      return {
        parts: lanes.words === 1 ? ['popcount'] : ['popcount', 'vector128'],
        functions: functionsText(step, lanes),
        call: [`${functionName(step)}(y0, x[0], ${arm.array('signs')}, ${arm.array('limits')});`, ...copyBits(step)].join('\n'),
      };
    },
  };
}

/** 32 outputs at a time, on cores without a vector unit. */
export const MINORITY_THRESHOLD = minorityThreshold(
  'minority_threshold',
  WORD,
  'Counts the weights of the rarer sign and compares the counts with the limits, 32 outputs at a time.',
  isMicrocontroller,
  (inputs, groups) => 5 * inputs + groups * (4.2 * inputs + 90),
);

/** 128 outputs at a time, on cores with a vector unit for integers. */
export const MINORITY_THRESHOLD_VECTOR = minorityThreshold(
  'minority_threshold_vector',
  VECTOR,
  'Counts the weights of the rarer sign and compares the counts with the limits, 128 outputs at a time.',
  ({ features }) => features.some((feature) => feature === 'mve'),
  (inputs, groups) => 5 * inputs + groups * (4.5 * inputs + 120),
);
