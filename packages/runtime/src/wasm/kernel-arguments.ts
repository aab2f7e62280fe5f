/** The arguments of one kernel call after another: most are constant, addresses of tensors change with the columns. */
import type { StepContext } from './step-context.ts';

interface Place {
  readonly slot: number;
  readonly tensor: number;
  readonly address: number;
  readonly elementBytes: number;
}

/** A list of arguments; later calls only set what changes. */
export class KernelArguments {
  readonly values: number[] = [];
  readonly #context: StepContext;
  readonly #places: Place[] = [];

  constructor(context: StepContext) {
    this.#context = context;
  }

  /** Appends constants, or room for numbers that the caller sets; returns the place of the first. */
  add(...values: readonly number[]): number {
    return this.values.push(...values) - values.length;
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

  /** Sets the addresses of tensors: `frame` columns behind `columns[tensor]`. */
  place(columns: Int32Array, frame = 0): void {
    for (const { slot, tensor, address, elementBytes } of this.#places) this.values[slot] = address + (columns[tensor]! + frame) * elementBytes;
  }
}
