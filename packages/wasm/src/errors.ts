/**
 * Coded errors of the assembler, the module cache and the arena.
 * Invariant: a code, once published, keeps its meaning; the catalogue is data, so a page can be generated from it.
 */

/** Every error of this package: what it means and what to do about it. */
export const WASM_ERRORS = {
  WASM_OPERAND: {
    summary: 'An instruction was given an immediate it cannot encode.',
    hint: 'Immediates (offsets, lane numbers, shuffle indices, constants) are checked when the expression is built; correct the generator that asked for it.',
  },
  WASM_MEMORY_OPTIONS: {
    summary: 'A module asked for a memory that cannot exist.',
    hint: 'A shared memory needs a maximum, and sizes are whole pages of 64 KiB, at most 65536.',
  },
  WASM_FUNCTION_OPEN: {
    summary: 'A function was finished while one of its blocks was still open.',
    hint: 'Emit the end of a function outside the callbacks of its loops and branches.',
  },
  WASM_INVALID_MODULE: {
    summary: 'The engine refused the bytes of a module.',
    hint: 'Either an instruction is not supported here (ask `detectCapabilities` first) or a function with a result lacks its `return`.',
  },
  WASM_ARENA_SIZE: {
    summary: 'An arena of this size cannot be made.',
    hint: 'Sizes are integers of bytes, from 0 to 4 GiB; a page may be given less by its browser.',
  },
  WASM_ARENA_FULL: {
    summary: 'An allocation does not fit in what is left of the arena.',
    hint: 'Sum all allocations, each rounded up to its alignment, before the arena is made; `arenaBytes` does it.',
  },
  WASM_ARENA_RANGE: {
    summary: 'A view of the arena was asked for outside its memory or off its alignment.',
    hint: 'Addresses come from `allocate`; lengths are counted in elements, not bytes.',
  },
} as const;

/** A code of {@link WASM_ERRORS}. */
export type WasmErrorCode = keyof typeof WASM_ERRORS;

/** An error of this package. `detail` says what was got and what was wanted. */
export class WasmError extends Error {
  readonly code: WasmErrorCode;
  readonly hint: string;

  constructor(code: WasmErrorCode, detail: string, options?: ErrorOptions) {
    const { summary, hint } = WASM_ERRORS[code];
    super(`${summary} ${detail} ${hint} [${code}]`, options);
    this.name = 'WasmError';
    this.code = code;
    this.hint = hint;
  }
}
