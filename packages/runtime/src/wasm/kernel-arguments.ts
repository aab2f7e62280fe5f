/**
 * The arguments of a kernel with many of them, as a block in memory: most are constant, addresses of tensors change with the columns. A call
 * hands over the address of the block, which costs a fraction of a call with twenty arguments.
 */
import type { StepContext } from './step-context.ts';

interface Place {
  readonly slot: number;
  readonly tensor: number;
  readonly address: number;
  readonly elementBytes: number;
}

/** A block that has a place in memory. */
export interface ArgumentBlock {
  readonly address: number;
  readonly values: Int32Array;
}

/** A list of arguments in the order of a kernel's parameters. */
export class KernelArguments {
  readonly #values: number[] = [];
  readonly #context: StepContext;
  readonly #places: Place[] = [];

  constructor(context: StepContext) {
    this.#context = context;
  }

  /** Appends constants, or room for numbers that the caller sets; returns the place of the first. */
  add(...values: readonly number[]): number {
    return this.#values.push(...values) - values.length;
  }

  /** Appends the address of a tensor. */
  tensor(tensor: number): void {
    const { address, elementBytes } = this.#context.buffers[tensor]!;
    this.#places.push({ slot: this.add(0), tensor, address, elementBytes });
  }

  /** Appends address and row stride of a tensor. */
  rows(tensor: number): void {
    this.tensor(tensor);
    this.add(this.#context.buffers[tensor]!.stride);
  }

  /** Writes the block into the memory to come; nothing is appended afterwards. */
  reserve(): (memory: WebAssembly.Memory) => ArgumentBlock {
    const address = this.#context.layout.constant(Int32Array.from(this.#values));
    return (memory) => ({ address, values: new Int32Array(memory.buffer, address, this.#values.length) });
  }

  /** Sets the addresses of tensors: `frame` columns behind `columns[tensor]`. */
  place({ values }: ArgumentBlock, columns: Int32Array, frame: number): void {
    for (let index = 0; index < this.#places.length; index++) {
      const { slot, tensor, address, elementBytes } = this.#places[index]!;
      values[slot] = address + (columns[tensor]! + frame) * elementBytes;
    }
  }
}
