/**
 * 1-bit products on AArch64: EOR, CNT and a tree of pairwise additions over sixteen outputs, so that no output is ever summed across a register
 * by itself. A block of frames shares every load of weights. Per 128 products that are 2 instructions for the bits, 1 for the sum in the tree,
 * 1 / 2 frames for the load, and what the outputs need. Limits are compared with all sixteen counts at once; the bits of 32 outputs and up to
 * four frames are gathered by one more tree.
 * Invariant: a byte of a tree holds at most 64 differing bits per register of a row, so at most three registers are summed in bytes.
 */
import type { ThresholdEpilogue } from '@bitvox/runtime';
import { indent } from '../../c-text.ts';
import type { Core } from '../../cores.ts';
import { thresholdLimits } from '../../network/threshold-limits.ts';
import type { WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, type ArmStep, copyBits, wordsOf } from '../kernel.ts';
import { denseWeights } from '../portable/weights.ts';
import { isBinary } from '../sliced/sliced.ts';

const REGISTER_BITS = 128;
const BYTE_REGISTERS = 3;
/** Outputs of one tree. */
const TREE = 16;
const MAXIMUM_INPUTS = 16_383;

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const isAarch64 = ({ architecture }: Core): boolean => architecture.startsWith('armv8') && architecture.endsWith('-a');

/** Writes the trees of a block of frames. */
class TreeWriter {
  readonly lines: string[] = [];
  readonly #frames: number;
  readonly #registers: number;

  constructor(frames: number, registers: number) {
    this.#frames = frames;
    this.#registers = registers;
  }

  /** Bytes that hold sums of `count` outputs side by side, over some registers of a row; a name for each frame. */
  #sums(output: number, count: number, registers: readonly number[]): readonly string[] {
    const name = (frame: number): string => `s${output}_${count}_${registers[0]}_${frame}`;
    if (count === 1) {
      for (const register of registers)
        this.lines.push(`const uint8x16_t w${output}_${register} = bitvox_bytes(signs + ${4 * (output * this.#registers + register)});`);
      for (const frame of range(this.#frames)) {
        const counts = registers.map((register) => `vcntq_u8(veorq_u8(x${frame}_${register}, w${output}_${register}))`);
        this.lines.push(`const uint8x16_t ${name(frame)} = ${counts.reduce((sum, bits) => `vaddq_u8(${sum}, ${bits})`)};`);
      }
    } else {
      const left = this.#sums(output, count / 2, registers);
      const right = this.#sums(output + count / 2, count / 2, registers);
      for (const frame of range(this.#frames)) this.lines.push(`const uint8x16_t ${name(frame)} = vpaddq_u8(${left[frame]}, ${right[frame]});`);
    }
    return range(this.#frames).map(name);
  }

  /** Differing bits of eight outputs as numbers of 16 bits; a name for each frame. */
  counts(output: number): readonly string[] {
    const name = (frame: number): string => `n${output}_${frame}`;
    for (let first = 0; first < this.#registers; first += BYTE_REGISTERS) {
      const registers = range(Math.min(BYTE_REGISTERS, this.#registers - first)).map((index) => first + index);
      this.#sums(output, TREE / 2, registers).forEach((sums, frame) => {
        this.lines.push(first === 0 ? `uint16x8_t ${name(frame)} = vpaddlq_u8(${sums});` : `${name(frame)} = vpadalq_u8(${name(frame)}, ${sums});`);
      });
    }
    return range(this.#frames).map(name);
  }
}

/** Statements for the 16 outputs at `z`. */
function productLines(frames: number, registers: number, outputs: number): readonly string[] {
  const writer = new TreeWriter(frames, registers);
  for (const output of [0, TREE / 2]) {
    writer.counts(output).forEach((counts, frame) => writer.lines.push(`bitvox_store_products(z + ${frame * outputs + output}, ${counts}, inputs);`));
  }
  return writer.lines;
}

/** Statements for the 32 bits at `y`. */
function thresholdLines(frames: number, registers: number, outputs: number, hasInverted: boolean): readonly string[] {
  const writer = new TreeWriter(frames, registers);
  const { lines } = writer;
  const halves = [0, TREE].map((first) => {
    const [low, high] = [first, first + TREE / 2].map((output) =>
      writer.counts(output).map((counts, frame) => {
        lines.push(`const uint16x8_t c${output}_${frame} = vcgtq_u16(vld1q_u16(limits + ${output}), ${counts});`);
        return `vreinterpretq_u8_u16(c${output}_${frame})`;
      }),
    );
    return range(frames).map((frame) => {
      lines.push(`const uint8x16_t m${first}_${frame} = vandq_u8(vuzp1q_u8(${low![frame]}, ${high![frame]}), places);`);
      return `m${first}_${frame}`;
    });
  });
  let rows = range(frames).map((frame) => `vpaddq_u8(${halves[0]![frame]}, ${halves[1]![frame]})`);
  // Two more rounds leave four bytes of every frame.
  for (let round = 0; round < 2; round++)
    rows = range(Math.ceil(rows.length / 2)).map((row) => `vpaddq_u8(${rows[2 * row]}, ${rows[2 * row + 1] ?? rows[2 * row]})`);
  lines.push(`const uint32x4_t bits = vreinterpretq_u32_u8(${rows[0]});`);
  for (const frame of range(frames)) {
    lines.push(
      hasInverted
        ? `y[${frame * wordsOf(outputs)}] = vgetq_lane_u32(bits, ${frame}) ^ *inverted;`
        : `vst1q_lane_u32(y + ${frame * wordsOf(outputs)}, bits, ${frame});`,
    );
  }
  return lines;
}

const stepOf = ({ step }: ArmStep): WeightedStep<'conv1d'> => step as WeightedStep<'conv1d'>;
const inputsOf = ({ inputChannels, window }: WeightedStep<'conv1d'>): number => inputChannels * window.kernel;
const fitsRegisters = (arm: ArmStep): boolean =>
  isBinary(arm) && arm.step.op === 'conv1d' && arm.step.inputChannels % REGISTER_BITS === 0 && inputsOf(arm.step as WeightedStep<'conv1d'>) <= MAXIMUM_INPUTS;

/** A limit of the number of differing signs, exclusive: below it, the sum of products reaches the limit of the layer. */
function limitArrays(step: WeightedStep<'conv1d'>): { readonly limits: Uint16Array; readonly inverted: Uint32Array | null } {
  const { limits, inverted } = thresholdLimits(step.epilogue as ThresholdEpilogue, step.accumulator === 'i16');
  const inputs = inputsOf(step);
  const words = new Uint32Array(wordsOf(step.channels));
  inverted.forEach((isInverted, channel) => {
    if (isInverted) words[channel >> 5]! |= 1 << (channel & 31);
  });
  return {
    limits: Uint16Array.from(limits, (limit) => Math.max(0, Math.min(inputs + 1, Math.floor((inputs - limit) / 2) + 1))),
    inverted: inverted.includes(true) ? words : null,
  };
}

/** The signs of the frames in registers. */
function loadLines(frames: number, step: WeightedStep<'conv1d'>): readonly string[] {
  const perTap = step.inputChannels / REGISTER_BITS;
  return range(frames).flatMap((frame) =>
    range(step.window.kernel * perTap).map((register) => {
      const pointer = `x[${frame * step.window.kernel + Math.floor(register / perTap)}]`;
      return `const uint8x16_t x${frame}_${register} = bitvox_bytes(${pointer} + ${4 * (register % perTap)});`;
    }),
  );
}

function productsFunction(name: string, frames: number, step: WeightedStep<'conv1d'>): string {
  const registers = inputsOf(step) / REGISTER_BITS;
  return `static void ${name}_tree(int32_t *z, const uint32_t *const *x, const uint32_t *signs)
{
    const int16x8_t inputs = vdupq_n_s16(${inputsOf(step)});
    int32_t o;
${indent(loadLines(frames, step).join('\n'))}
    for (o = 0; o < ${step.channels}; o += ${TREE}, z += ${TREE}, signs += ${TREE * 4 * registers}) {
${indent(productLines(frames, registers, step.channels).join('\n'), '        ')}
    }
}
`;
}

function thresholdFunction(name: string, frames: number, step: WeightedStep<'conv1d'>): string {
  const registers = inputsOf(step) / REGISTER_BITS;
  const isInverted = limitArrays(step).inverted !== null;
  return `static void ${name}_tree(uint32_t *y, const uint32_t *const *x, const uint32_t *signs, const uint16_t *limits${isInverted ? ', const uint32_t *inverted' : ''})
{
    static const uint8_t place[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    const uint8x16_t places = vld1q_u8(place);
    int32_t o;
${indent(loadLines(frames, step).join('\n'))}
    for (o = 0; o < ${step.channels}; o += 32, ++y, signs += ${32 * 4 * registers}, limits += 32${isInverted ? ', ++inverted' : ''}) {
${indent(thresholdLines(frames, registers, step.channels, isInverted).join('\n'), '        ')}
    }
}
`;
}

/** Instructions of a block: what the tree needs for each register of weights, and each output. */
const blockCost = (step: WeightedStep<'conv1d'>, frames: number, perOutput: number): number =>
  Math.ceil(step.channels * ((inputsOf(step) / REGISTER_BITS) * (0.5 + 2.8 * frames) + perOutput * frames));

/** Kernel that computes the accumulators of blocks of frames; a frame at a time in projects. */
export function treeProducts(frames: number): ArmKernel {
  return {
    name: `conv1d_1x1_i32__tree${frames === 1 ? '' : frames}`,
    summary: 'Differing signs by CNT, summed by a tree of pairwise additions over sixteen outputs.',
    op: 'conv1d',
    writes: 'accumulators',
    runsOn: isAarch64,
    fits: (arm) => fitsRegisters(arm) && arm.step.channels % TREE === 0,
    cost: (arm) => blockCost(stepOf(arm), frames, 1.4),
    weights: (arm) => denseWeights(stepOf(arm)),
    emit(arm) {
      const step = stepOf(arm);
      const tree = `${arm.name}_tree(z, x, ${arm.array('signs')});`;
      const { kernel, padding } = step.window;
      const isPadded = padding[0] > 0 || padding[1] > 0;
      const present = range(kernel)
        .map((tap) => `x[${tap}] != 0`)
        .join(' && ');
      const sizes = `${step.channels}, ${kernel}, ${step.inputChannels}`;
      return {
        parts: isPadded ? ['neon_store_products', 'conv1d_1x1'] : ['neon_store_products'],
        functions: productsFunction(arm.name, frames, step),
        call: isPadded ? `if (${present}) ${tree}\nelse bitvox_conv1d_1x1(z, x, ${arm.array('signs')}, ${sizes});` : tree,
      };
    },
  };
}

/** Kernel that compares the sums with limits and packs the bits. */
export function treeThreshold(frames: 1 | 2 | 4): ArmKernel {
  return {
    name: `conv1d_1x1_bit__tree${frames === 1 ? '' : frames}_threshold`,
    summary: 'Differing signs by CNT, summed by a tree of pairwise additions over sixteen outputs, compared with limits and packed.',
    op: 'conv1d',
    writes: 'outputs',
    runsOn: isAarch64,
    fits: (arm) => {
      const { channels, epilogue, window } = arm.step;
      return fitsRegisters(arm) && channels % 32 === 0 && epilogue.kind === 'threshold' && window.padding[0] === 0 && window.padding[1] === 0;
    },
    cost: (arm) => blockCost(stepOf(arm), frames, 1.2),
    weights(arm) {
      const step = stepOf(arm);
      const { limits, inverted } = limitArrays(step);
      const shape = `${step.channels} outputs`;
      return [
        ...denseWeights(step),
        { role: 'limits', type: 'uint16_t', values: limits, shape },
        ...(inverted === null ? [] : [{ role: 'inverted', type: 'uint32_t' as const, values: inverted, shape }]),
      ];
    },
    emit(arm) {
      const step = stepOf(arm);
      const roles = ['signs', 'limits', ...(limitArrays(step).inverted === null ? [] : ['inverted'])].map((role) => arm.array(role)).join(', ');
      return {
        parts: ['neon_bytes'],
        functions: thresholdFunction(arm.name, frames, step),
        call: [`${arm.name}_tree(y0, x, ${roles});`, ...copyBits(step)].join('\n'),
      };
    },
  };
}
