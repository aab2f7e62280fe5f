/**
 * Arena: one `WebAssembly.Memory` of a size known beforehand, handed out from the bottom up.
 * Invariant: the memory never grows, so no view of it is ever detached, and nothing is freed but the whole (`reset`).
 */
import { WasmError } from './errors.ts';

/** Bytes of one WebAssembly page. */
export const PAGE_BYTES = 65536;
const MAXIMUM_BYTES = 65536 * PAGE_BYTES;

/** How an arena gets its memory. */
export interface ArenaOptions {
  /** A memory to use instead of a new one; its size must hold the arena. */
  readonly memory?: WebAssembly.Memory;
  /** Makes the new memory shared between threads. */
  readonly shared?: boolean;
  /** First address handed out, 16 unless told: address 0 stays free, so that it never looks like a missing one. */
  readonly base?: number;
}

const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

/**
 * The bytes an arena needs for these allocations in this order, its base included.
 * @param sizes bytes of each allocation @param alignment of each, a power of two @param base as in {@link ArenaOptions}
 */
export function arenaBytes(sizes: readonly number[], alignment = 16, base = 16): number {
  return sizes.reduce((top, size) => alignUp(top, alignment) + size, base);
}

/** Hands out addresses of one memory. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  /** Bytes that may be handed out, counted from address 0. */
  readonly bytes: number;
  readonly #base: number;
  #top: number;

  /**
   * @param bytes total size, base included; see {@link arenaBytes}
   * @throws WasmError `WASM_ARENA_SIZE` when it is no size, or more than the engine gives.
   */
  constructor(bytes: number, options: ArenaOptions = {}) {
    const base = options.base ?? 16;
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAXIMUM_BYTES || !Number.isInteger(base) || base < 0) {
      throw new WasmError('WASM_ARENA_SIZE', `Got ${bytes} bytes from base ${base}, wanted integers of 0 to ${MAXIMUM_BYTES}.`);
    }
    this.bytes = bytes;
    this.#base = base;
    this.#top = base;
    this.memory = options.memory ?? Arena.#reserve(Math.ceil(bytes / PAGE_BYTES), options.shared === true);
    if (this.memory.buffer.byteLength < bytes) {
      throw new WasmError('WASM_ARENA_SIZE', `Got a memory of ${this.memory.buffer.byteLength} bytes, wanted ${bytes}.`);
    }
  }

  static #reserve(pages: number, shared: boolean): WebAssembly.Memory {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
    } catch (cause) {
      throw new WasmError('WASM_ARENA_SIZE', `The engine refused ${pages} pages${shared ? ' of shared memory' : ''}.`, { cause });
    }
  }

  /** Bytes in use, counted from address 0. */
  get used(): number {
    return this.#top;
  }

  /**
   * Reserves bytes, not cleared. Returns their address.
   * @param alignment a power of two @throws WasmError `WASM_ARENA_FULL`
   */
  allocate(bytes: number, alignment = 16): number {
    const address = alignUp(this.#top, alignment);
    if (!Number.isInteger(bytes) || bytes < 0 || address + bytes > this.bytes) {
      throw new WasmError(
        'WASM_ARENA_FULL',
        `Got a request for ${bytes} bytes, wanted at most the ${Math.max(0, this.bytes - address)} of ${this.bytes} that are left.`,
      );
    }
    this.#top = address + bytes;
    return address;
  }

  /** Takes everything back; addresses handed out before become free to be handed out again. */
  reset(): void {
    this.#top = this.#base;
  }

  #range(address: number, length: number, size: number): ArrayBufferLike {
    const buffer = this.memory.buffer;
    if (
      !Number.isInteger(address) ||
      !Number.isInteger(length) ||
      address < 0 ||
      length < 0 ||
      address % size !== 0 ||
      address + length * size > buffer.byteLength
    ) {
      throw new WasmError(
        'WASM_ARENA_RANGE',
        `Got ${length} elements of ${size} bytes at ${address}, wanted a multiple of ${size} within ${buffer.byteLength} bytes.`,
      );
    }
    return buffer;
  }

  /** View of unsigned bytes. `length` in elements, here and below. */
  u8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#range(address, length, 1), address, length);
  }

  /** View of signed bytes. */
  i8(address: number, length: number): Int8Array {
    return new Int8Array(this.#range(address, length, 1), address, length);
  }

  /** View of 16-bit integers. */
  i16(address: number, length: number): Int16Array {
    return new Int16Array(this.#range(address, length, 2), address, length);
  }

  /** View of unsigned 16-bit integers. */
  u16(address: number, length: number): Uint16Array {
    return new Uint16Array(this.#range(address, length, 2), address, length);
  }

  /** View of 32-bit integers. */
  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.#range(address, length, 4), address, length);
  }

  /** View of 32-bit floats. */
  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.#range(address, length, 4), address, length);
  }

  /** View of 64-bit floats. */
  f64(address: number, length: number): Float64Array {
    return new Float64Array(this.#range(address, length, 8), address, length);
  }
}
