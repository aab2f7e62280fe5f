/** The oracle: the same row buffers as any executor, every element computed on its own by the definitions of this folder. */
import type { Program, Split, Step, TensorFormat } from '../program.ts';
import type { Executor } from '../schedule/executor.ts';
import type { MemoryPlan } from '../schedule/memory-plan.ts';
import { type Accumulate, accumulateOf, type Rows } from './accumulate.ts';
import { factorOf, finishFloat, finishThreshold, finishValue, splitValue, storeSign, storeValue } from './finish.ts';

type Elements = Int8Array | Int16Array | Float32Array;

const ARRAY: Readonly<Record<TensorFormat, (length: number) => Elements>> = {
  i8: (length) => new Int8Array(length),
  sign: (length) => new Int8Array(length),
  bit: (length) => new Int8Array(length),
  i16: (length) => new Int16Array(length),
  f32: (length) => new Float32Array(length),
};

/** One row buffer. */
class Buffer implements Rows {
  readonly elements: Elements;
  readonly stride: number;
  readonly #isBit: boolean;

  constructor(format: TensorFormat, channels: number, stride: number) {
    this.elements = ARRAY[format](channels * stride);
    this.stride = stride;
    this.#isBit = format === 'bit';
  }

  at(channel: number, column: number): number {
    const element = this.elements[channel * this.stride + column]!;
    return this.#isBit ? 2 * element - 1 : element;
  }

  set(channel: number, column: number, value: number): void {
    this.elements[channel * this.stride + column] = value;
  }
}

/** Executes a program in plain TypeScript. */
export class ReferenceExecutor implements Executor {
  readonly memoryBytes: number;
  readonly #program: Program;
  readonly #buffers: readonly Buffer[];
  readonly #accumulate: readonly Accumulate[];

  constructor(program: Program, plan: MemoryPlan) {
    this.#program = program;
    this.memoryBytes = plan.bytes;
    this.#buffers = program.tensors.map(({ format, channels }, index) => new Buffer(format, channels, plan.tensors[index]!.stride));
    this.#accumulate = program.steps.map(accumulateOf);
  }

  write(column: number, frames: Uint8Array, from: number, count: number): void {
    const { channels, scale } = this.#program.input;
    const factor = this.#program.kind === 'float' ? scale : 1;
    for (let frame = 0; frame < count; frame++) {
      for (let band = 0; band < channels; band++) this.#buffers[0]!.set(band, column + frame, (frames[(from + frame) * channels + band]! - 128) * factor);
    }
  }

  compute(index: number, inputColumn: number, columns: Int32Array, count: number): void {
    const step = this.#program.steps[index]!;
    const input = this.#buffers[step.input]!;
    const scale = step.terms?.scale;
    for (let frame = 0; frame < count; frame++) {
      const factor = (): number => this.#buffers[scale as number]!.at(0, columns[scale as number]! + frame);
      const accumulator = this.#accumulate[index]!(input, inputColumn + frame * step.window.stride, factor);
      const rests = new Map<Split, number>();
      for (let channel = 0; channel < step.channels; channel++) this.#finish(step, accumulator(channel), channel, columns, frame, rests);
      for (const [split, sum] of rests) this.#buffers[split.scale!]!.set(0, columns[split.scale!]! + frame, factorOf(sum, split, step.channels));
    }
  }

  /** Stores one element; adds what second terms leave to the sum of their split. */
  #finish({ epilogue, channels }: Step, accumulator: number, channel: number, columns: Int32Array, frame: number, rests: Map<Split, number>): void {
    const put = (tensor: number, value: number, row = channel): void => this.#buffers[tensor]!.set(row, columns[tensor]! + frame, value);
    const formatOf = (tensor: number): TensorFormat => this.#program.tensors[tensor]!.format;
    if (epilogue.kind === 'threshold') {
      const positive = finishThreshold(epilogue, accumulator, channel);
      for (const output of epilogue.outputs) put(output, storeSign(positive, formatOf(output)));
      return;
    }
    const { residual: added } = epilogue;
    const residual = added === null ? null : this.#buffers[added]!.at(channel, columns[added]! + frame);
    if (epilogue.kind === 'float') {
      put(epilogue.output, finishFloat(epilogue, accumulator, channel, residual));
      return;
    }
    const value = finishValue(epilogue, accumulator, channel, residual ?? 0);
    for (const output of epilogue.outputs) {
      const { split } = output;
      if (split === null) {
        put(output.tensor, storeValue(value, output, this.#program.tensors[output.tensor]!, channel));
        continue;
      }
      const { signs, rest } = splitValue(value, split, channel);
      signs.forEach((sign, term) => put(output.tensor, sign, channel + term * channels));
      if (split.scale !== null) rests.set(split, (rests.get(split) ?? 0) + (rest >> split.dropped));
    }
  }

  clear(tensor: number, column: number, count: number): void {
    const { elements, stride } = this.#buffers[tensor]!;
    const { fill } = this.#program.tensors[tensor]!;
    for (let row = 0; row < elements.length; row += stride) elements.fill(fill?.[row / stride] ?? 0, row + column, row + column + count);
  }

  move(tensor: number, from: number, count: number): void {
    const { elements, stride } = this.#buffers[tensor]!;
    for (let row = 0; row < elements.length; row += stride) elements.copyWithin(row, row + from, row + from + count);
  }

  read(column: number, into: Float64Array): void {
    const buffer = this.#buffers[this.#program.output]!;
    for (let channel = 0; channel < into.length; channel++) into[channel] = buffer.at(channel, column);
  }
}
