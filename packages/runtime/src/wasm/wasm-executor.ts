/**
 * The WebAssembly executor: a whole program in one memory, one module of kernels, a few calls per step.
 * Invariant: after construction nothing is allocated, neither in WebAssembly nor, but for iterators of calls, in JavaScript.
 */
import { compileOnce, ModuleBuilder } from '@bitvox/wasm';
import { outputsOf, type Program, type Step } from '../program.ts';
import type { Executor } from '../schedule/executor.ts';
import { ELEMENT_BYTES, type MemoryPlan } from '../schedule/memory-plan.ts';
import { prepareAccumulators } from './steps/index.ts';
import { prepareTwoTerms } from './steps/two-terms.ts';
import { prepareEpilogue } from './epilogues.ts';
import type { Kernel } from './kernels/kernel.ts';
import { fillRows, INPUT_FRAMES, inputF32, inputI8, moveRows } from './kernels/rows.ts';
import { LANES } from './kernels/value-lanes.ts';
import { Layout } from './layout.ts';
import { type Compute, type Linked, type RowBuffer, type Run, StepContext } from './step-context.ts';

function compileKernels(kernels: ReadonlyMap<string, Kernel>, scratch: number): WebAssembly.Module {
  const names = [...kernels.keys()].sort();
  const place = [...kernels.values()].some(({ usesScratch }) => usesScratch) ? `/${scratch}` : '';
  return compileOnce(`runtime${place}/${names.join(' ')}`, () => {
    const module = new ModuleBuilder({ from: 'import' });
    for (const name of names) kernels.get(name)!.define(module, scratch);
    return module.build();
  });
}

function prepareStep(context: StepContext, step: Step): (linked: Linked) => Compute {
  if (step.terms !== null) return prepareTwoTerms(context, step, step.terms);
  const accumulators = prepareAccumulators(context, step);
  const epilogue = prepareEpilogue(context, step, accumulators);
  return (linked) => {
    const accumulate = accumulators.link(linked);
    const finish = epilogue(linked);
    return (input, columns, count) => finish(accumulate(input, count), columns, count);
  };
}

/** Executes a program in WebAssembly. */
export class WasmExecutor implements Executor {
  readonly memoryBytes: number;
  readonly #program: Program;
  readonly #buffers: readonly RowBuffer[];
  readonly #steps: readonly Compute[];
  readonly #inputs: readonly RowBuffer[];
  readonly #fills: readonly number[];
  /** Tensors that value epilogues write for whole clips. */
  readonly #exact: readonly boolean[];
  /** Columns where padding was last written, left and right of every tensor; -1 for none that stays. */
  readonly #padded: Int32Array;
  readonly #staging: Uint8Array;
  readonly #write: (column: number, count: number) => void;
  /** By bytes of a row. */
  readonly #fill: ReadonlyMap<number, Run>;
  readonly #move: Run;
  readonly #output: Int16Array | Float32Array;
  readonly #outputStride: number;

  constructor(program: Program, plan: MemoryPlan, poison: number) {
    const layout = new Layout();
    const context = new StepContext(program, plan, layout);
    const { channels, scale } = program.input;
    const writeKernel = context.use(program.kind === 'float' ? inputF32 : inputI8);
    const counts = program.tensors.map(({ padding, format }) => padding.map((count) => count * ELEMENT_BYTES[format]));
    for (const count of counts.flat()) if (count > 0) context.use(fillRows(count));
    context.use(moveRows);
    const staging = layout.reserve(plan.block * channels);
    layout.reach(INPUT_FRAMES * channels);
    const scaleAt = layout.constant(Float32Array.of(scale));
    const fills = program.tensors.map(({ fill, channels: rows }) => layout.constant(fill ?? new Int8Array(rows)));
    const prepared = program.steps.map((step) => prepareStep(context, step));
    const memory = layout.create(poison);
    const { exports } = new WebAssembly.Instance(compileKernels(context.kernels, layout.scratchAddress), { env: { memory } });
    const linked: Linked = { memory, scratch: layout.scratchAddress, kernel: (kernel) => exports[kernel.name] as Run };

    this.memoryBytes = layout.bytes;
    this.#program = program;
    this.#buffers = context.buffers;
    this.#steps = prepared.map((link) => link(linked));
    this.#inputs = program.steps.map((step) => context.buffers[step.input]!);
    this.#fills = fills;
    const values = new Set(program.steps.flatMap((step) => (step.epilogue.kind === 'value' ? outputsOf(step) : [])));
    this.#exact = program.tensors.map((_, tensor) => plan.whole && values.has(tensor));
    this.#padded = new Int32Array(2 * program.tensors.length).fill(-1);
    this.#staging = new Uint8Array(memory.buffer, staging, plan.block * channels);
    const write = linked.kernel(writeKernel);
    const { address, stride, elementBytes } = context.buffers[0]!;
    this.#write = (column, count) => write(staging, count, channels, address + column * elementBytes, stride, scaleAt);
    this.#fill = new Map(counts.flat().flatMap((count) => (count > 0 ? [[count, linked.kernel(fillRows(count))]] : [])));
    this.#move = linked.kernel(moveRows);
    const output = context.buffers[program.output]!;
    const elements = (output.stride / output.elementBytes) * program.tensors[program.output]!.channels;
    this.#output =
      program.kind === 'float' ? new Float32Array(memory.buffer, output.address, elements) : new Int16Array(memory.buffer, output.address, elements);
    this.#outputStride = output.stride / output.elementBytes;
  }

  write(column: number, frames: Uint8Array, from: number, count: number): void {
    if (count === 0) return;
    const { channels } = this.#program.input;
    this.#staging.set(from === 0 && count * channels === frames.length ? frames : frames.subarray(from * channels, (from + count) * channels));
    this.#write(column, count);
  }

  compute(step: number, inputColumn: number, columns: Int32Array, count: number): void {
    const { address, elementBytes } = this.#inputs[step]!;
    this.#steps[step]!(address + inputColumn * elementBytes, columns, count);
  }

  clear(tensor: number, column: number, count: number): void {
    if (this.#stands(tensor, column)) return;
    const { address, stride, elementBytes } = this.#buffers[tensor]!;
    const fill = this.#fill.get(count * elementBytes)!;
    fill(address + column * elementBytes, stride, this.#program.tensors[tensor]!.channels, this.#fills[tensor]!);
  }

  /**
   * Whether padding from this column on is still there from the last clip, and notes it for the next. On the left nothing else is ever written; on
   * the right where the frames before it are whole groups of those that value epilogues write at once.
   */
  #stands(tensor: number, column: number): boolean {
    if (!this.#exact[tensor]) return false;
    const [left] = this.#program.tensors[tensor]!.padding;
    const side = column < left ? 0 : 1;
    if (side === 1 && (column - left) % LANES !== 0) {
      this.#padded[2 * tensor + 1] = -1;
      return false;
    }
    const stands = this.#padded[2 * tensor + side] === column;
    this.#padded[2 * tensor + side] = column;
    return stands;
  }

  move(tensor: number, from: number, count: number): void {
    const { address, stride, elementBytes } = this.#buffers[tensor]!;
    this.#move(address, address + from * elementBytes, stride, this.#program.tensors[tensor]!.channels, count * elementBytes);
  }

  read(column: number, into: Float64Array): void {
    for (let channel = 0; channel < into.length; channel++) into[channel] = this.#output[channel * this.#outputStride + column]!;
  }
}
