/**
 * The memory of one executor, laid out before it exists: constants (weights, tables), tensors, and one scratch region that all
 * steps share because they run one after the other.
 * Invariant: addresses never change and the memory never grows, so views and instances stay valid.
 */
import { PAGE_BYTES } from '@bitvox/wasm';
import { RuntimeError } from '../errors.ts';

const ALIGNMENT = 64;
/** Bytes behind everything that vector loads may reach. */
const GUARD = 256;

const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

interface Constant {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Hands out addresses, then makes the memory. */
export class Layout {
  readonly #constants: Constant[] = [];
  #top = ALIGNMENT;
  #scratch = 0;
  #reach = 0;

  /** Reserves bytes that are written once. */
  constant(data: ArrayBufferView): number {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const address = this.reserve(bytes.length);
    this.#constants.push({ address, bytes });
    return address;
  }

  /** Reserves bytes. */
  reserve(bytes: number): number {
    const address = this.#top;
    this.#top = align(address + bytes);
    return address;
  }

  /** Parts of the shared scratch region, as offsets into it. */
  scratch(...sizes: readonly number[]): number[] {
    let top = 0;
    const offsets = sizes.map((bytes) => {
      const offset = top;
      top = align(top + bytes);
      return offset;
    });
    this.#scratch = Math.max(this.#scratch, top);
    return offsets;
  }

  /** Notes that some kernel reads this far beyond a buffer. */
  reach(bytes: number): void {
    this.#reach = Math.max(this.#reach, bytes);
  }

  /** Address of the scratch region, once everything else is reserved. */
  get scratchAddress(): number {
    return this.#top;
  }

  /** Bytes of everything. */
  get bytes(): number {
    return this.#top + this.#scratch + this.#reach + GUARD;
  }

  /** Makes the memory, fills it with `poison` where that is not 0, and writes the constants. */
  create(poison: number): WebAssembly.Memory {
    const pages = Math.ceil(this.bytes / PAGE_BYTES);
    const memory = Layout.#reserve(pages);
    const bytes = new Uint8Array(memory.buffer);
    if (poison !== 0) bytes.fill(poison);
    for (const constant of this.#constants) bytes.set(constant.bytes, constant.address);
    return memory;
  }

  static #reserve(pages: number): WebAssembly.Memory {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch {
      throw new RuntimeError('RUNTIME_MEMORY', `the engine refused ${pages} pages of 64 KiB.`);
    }
  }
}
