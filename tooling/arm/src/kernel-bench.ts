/**
 * A kernel alone: a program calls it over random frames between marks and prints a hash of all results. The hash must be that of plain sums of
 * products computed here, from the same numbers.
 */
import { join } from 'node:path';
import { type ArmKernel, type ArmStep, kernelSource, lonelyStep } from '@bitvox/arm';
import type { Epilogue, ProgramTensor, Step } from '@bitvox/runtime';
import { countedRun } from './count.ts';
import { build, type Compiler, type TargetName } from './emulation.ts';
import { Dice } from './random-program.ts';
import { writeFiles } from './toolchain.ts';

/** What a kernel is to compute. */
export interface KernelShape {
  readonly op: 'conv1d' | 'depthwise-conv1d';
  readonly inputs: number;
  readonly outputs: number;
  readonly taps: number;
  readonly weightBits: 1 | 8;
  readonly format: 'sign' | 'i8';
  readonly epilogue: 'none' | 'threshold';
}

/** A kernel over frames. */
export interface KernelCase {
  readonly kernel: ArmKernel;
  readonly shape: KernelShape;
  /** Frames of a call. */
  readonly block: number;
  readonly calls: number;
  readonly seed: number;
  /** Every frame has as many signs of one kind as of the other, which costs kernels that skip signs the most; else every mix occurs. */
  readonly isBalanced: boolean;
}

const NO_VALUES = { kind: 'value', requantization: null, activation: { kind: 'none' }, residual: null, then: { kind: 'none' }, outputs: [] } as const;

/** A case with its random numbers. */
interface DrawnCase {
  readonly step: ArmStep;
  /** `[output][input][tap]` */
  readonly weights: Int8Array;
  /** `[frame][channel]` */
  readonly frames: Int8Array;
  readonly thresholds: Int32Array;
  readonly directions: Int8Array;
}

const columnsOf = ({ op, inputs, taps }: KernelShape): number => (op === 'conv1d' ? inputs : 1) * taps;

/** Rows of bits, each in whole units of some bytes. */
function packRows(values: Int8Array, columns: number, unit: 1 | 4): Uint8Array {
  const bytes = unit * Math.ceil(columns / (8 * unit));
  const rows = new Uint8Array((values.length / columns) * bytes);
  values.forEach((value, at) => {
    const column = at % columns;
    if (value > 0) rows[((at - column) / columns) * bytes + (column >> 3)]! |= 1 << (column & 7);
  });
  return rows;
}

/** The layer of a case, with random weights and limits. */
export function drawCase({ shape, block, calls, seed, isBalanced }: Omit<KernelCase, 'kernel'>): DrawnCase {
  const dice = new Dice(seed);
  const columns = columnsOf(shape);
  const sign = (): number => dice.pick([-1, 1]);
  const number = (): number => (dice.chance(0.05) ? dice.pick([-128, 127]) : dice.integer(-127, 127));
  const weights = Int8Array.from({ length: shape.outputs * columns }, shape.weightBits === 1 ? sign : number);
  const frames = new Int8Array((block * calls + shape.taps - 1) * shape.inputs);
  for (let first = 0; first < frames.length; first += shape.inputs) {
    const frame = frames.subarray(first, first + shape.inputs);
    const share = isBalanced || dice.chance(0.7) ? 0.5 : dice.pick([0, 0.1, 0.9, 1]);
    let left = shape.inputs >> 1;
    for (let at = 0; at < shape.inputs; at++) {
      const isPositive = dice.chance(isBalanced ? left / (shape.inputs - at) : share);
      if (isPositive) left--;
      frame[at] = shape.format === 'i8' ? number() : isPositive ? 1 : -1;
    }
  }
  const reach = Math.ceil(Math.sqrt(columns));
  const thresholds = Int32Array.from({ length: shape.outputs }, () => (dice.chance(0.05) ? dice.pick([-1_000_000, 1_000_000]) : dice.integer(-reach, reach)));
  const directions = Int8Array.from({ length: shape.outputs }, sign);
  const epilogue: Epilogue = shape.epilogue === 'none' ? NO_VALUES : { kind: 'threshold', thresholds, directions, outputs: [1] };
  const step: Step = {
    node: 'layer',
    members: ['layer'],
    op: shape.op,
    input: 0,
    inputChannels: shape.inputs,
    channels: shape.outputs,
    window: { kernel: shape.taps, stride: 1, dilation: 1, padding: [0, 0] },
    accumulator: 'i32',
    weights: shape.weightBits === 1 ? { bits: 1, rows: packRows(weights, columns, 1) } : { bits: 8, values: weights },
    terms: null,
    epilogue,
  };
  const input: ProgramTensor = { name: 'input', format: shape.format, channels: shape.inputs, scale: 1, hop: 1, delay: 0, padding: [0, 0], fill: null };
  return { step: lonelyStep(step, input), weights, frames, thresholds, directions };
}

const hashStep = (hash: number, value: number): number => Math.imul(hash ^ value, 16_777_619);

/** The hash of all results. */
function expectedHash({ shape, block, calls }: KernelCase, { weights, frames, thresholds, directions }: DrawnCase): number {
  const { inputs, outputs, taps } = shape;
  let hash = 0;
  for (let frame = 0; frame < block * calls; frame++) {
    let word = 0;
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) {
        const base = (frame + tap) * inputs;
        if (shape.op === 'conv1d') for (let input = 0; input < inputs; input++) sum += weights[(output * inputs + input) * taps + tap]! * frames[base + input]!;
        else sum += weights[output * taps + tap]! * frames[base + output]!;
      }
      if (shape.epilogue === 'none') hash = hashStep(hash, sum);
      else {
        if (sum * directions[output]! >= thresholds[output]!) word |= 1 << (output & 31);
        if ((output & 31) === 31) {
          hash = hashStep(hash, word);
          word = 0;
        }
      }
    }
  }
  return hash | 0;
}

/** The program of a case. */
function programText(kernelCase: KernelCase, { step, frames }: DrawnCase): string {
  const { kernel, shape, block, calls } = kernelCase;
  const isBits = shape.format === 'sign';
  const elements = isBits ? Math.ceil(shape.inputs / 32) : shape.inputs;
  const type = isBits ? 'uint32_t' : 'int8_t';
  const packed = isBits ? new Uint32Array(packRows(frames, shape.inputs, 4).buffer) : frames;
  const pointers = block > 1 ? block : shape.taps;
  const results = shape.epilogue === 'none' ? shape.outputs : Math.ceil(shape.outputs / 32);
  return `${kernelSource(kernel, step)}
#include "mark.h"
#include "print_number.h"
static const ${type} frames[${packed.length}] __attribute__((aligned(4))) = { ${Array.from(packed).join(',')} };
static int32_t z[${block * shape.outputs}];
static uint32_t y[${block * Math.ceil(shape.outputs / 32)}];
int main(void)
{
    uint32_t hash = 0;
    int32_t call, at;
    for (call = 0; call < ${calls}; ++call) {
        const ${type} *x[${pointers}];
        for (at = 0; at < ${pointers}; ++at) x[at] = frames + (call * ${block} + at) * ${elements};
        for (at = 0; at < ${block * shape.outputs}; ++at) z[at] = 0x5a5a5a5a;
        for (at = 0; at < ${block * Math.ceil(shape.outputs / 32)}; ++at) y[at] = 0x5a5a5a5au;
        BITVOX_MARK();
        layer_frame(x, z, y);
        BITVOX_MARK();
        for (at = 0; at < ${block * results}; ++at) hash = (hash ^ ${shape.epilogue === 'none' ? '(uint32_t)z' : 'y'}[at]) * 16777619u;
    }
    print_number((int32_t)hash);
    return 0;
}
`;
}

/** Multiplications of a case. */
export const productsOf = ({ shape, block, calls }: KernelCase): number => block * calls * shape.outputs * columnsOf(shape);

/**
 * Instructions of all calls of a case.
 * @throws Error where the results are not those of plain sums
 */
export function countKernel(kernelCase: KernelCase, target: TargetName, compiler: Compiler, plugin: string, folder: string): number {
  const drawn = drawCase(kernelCase);
  const name = `${kernelCase.kernel.name} ${JSON.stringify(kernelCase.shape)} on ${target} by ${compiler}`;
  if (!kernelCase.kernel.fits(drawn.step)) throw new Error(`${name} does not fit.`);
  writeFiles(folder, [['kernel.c', programText(kernelCase, drawn)]]);
  const { counts, output, status } = countedRun(target, build({ target, compiler, folder, sources: [join(folder, 'kernel.c')] }), plugin, folder);
  const expected = String(expectedHash(kernelCase, drawn));
  if (status !== 0 || output !== expected) throw new Error(`${name}: status ${status}, hash ${output}, expected ${expected}.`);
  return counts.reduce((sum, count) => sum + count, 0);
}
