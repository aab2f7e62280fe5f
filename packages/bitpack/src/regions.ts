/** Regions of the caller's memory: what a plan asks before it writes code that trusts them. */
import { BitpackError } from './errors.ts';
import { ALIGNMENT } from './layout.ts';

/**
 * Checks that a region lies in a memory, at a multiple of 16.
 * @throws BitpackError `BITPACK_ADDRESS`
 */
export function checkRegion(memory: WebAssembly.Memory, what: string, address: number, bytes: number): void {
  if (!Number.isInteger(address) || address < 0 || address % ALIGNMENT !== 0 || address + bytes > memory.buffer.byteLength) {
    throw new BitpackError(
      'BITPACK_ADDRESS',
      `Got ${what} at ${address}, wanted ${bytes} bytes at a multiple of ${ALIGNMENT} within ${memory.buffer.byteLength}.`,
    );
  }
}

/** Whether threads share a memory, which its modules have to declare. */
export function isShared({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}
