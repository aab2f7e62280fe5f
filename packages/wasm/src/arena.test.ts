import { expect, test } from 'vitest';
import { Arena, arenaBytes, PAGE_BYTES, WasmError } from './index.ts';

const code = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof WasmError) return error.code;
    throw error;
  }
  return 'no error';
};

test('allocations are aligned, do not overlap and fill exactly the bytes foreseen', () => {
  const sizes = [1, 30, 16, 0, 7];
  const arena = new Arena(arenaBytes(sizes));
  const addresses = sizes.map((size) => arena.allocate(size));
  expect(addresses).toEqual([16, 32, 64, 80, 80]);
  expect(arena.used).toBe(arena.bytes);
  expect(code(() => arena.allocate(1))).toBe('WASM_ARENA_FULL');
  expect(code(() => arena.allocate(-1))).toBe('WASM_ARENA_FULL');
  arena.reset();
  expect(arena.allocate(4, 4)).toBe(16);
  expect(arena.allocate(8, 64)).toBe(64);
  expect(arena.memory.buffer.byteLength).toBe(PAGE_BYTES);
});

test('views see the same bytes and are checked', () => {
  const arena = new Arena(256);
  const at = arena.allocate(32);
  arena.f64(at, 1)[0] = -2;
  expect(arena.u8(at, 8)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0xc0));
  expect(arena.i8(at + 7, 1)[0]).toBe(-64);
  expect([arena.u16(at + 6, 1)[0], arena.i16(at + 6, 1)[0], arena.i32(at + 4, 1)[0], arena.f32(at + 4, 1)[0]]).toEqual([0xc000, -0x4000, -0x4000_0000, -2]);
  expect(code(() => arena.f32(at + 2, 1))).toBe('WASM_ARENA_RANGE');
  expect(code(() => arena.u8(PAGE_BYTES, 1))).toBe('WASM_ARENA_RANGE');
  expect(code(() => arena.u8(-1, 1))).toBe('WASM_ARENA_RANGE');
});

test('a size that cannot be is refused before anything is reserved', () => {
  for (const bytes of [-1, 1.5, Number.NaN, 2 ** 40]) expect(code(() => new Arena(bytes))).toBe('WASM_ARENA_SIZE');
  expect(code(() => new Arena(2 * PAGE_BYTES, { memory: new WebAssembly.Memory({ initial: 1 }) }))).toBe('WASM_ARENA_SIZE');
});

test('an arena may live in a memory that exists, above what is used there, or in a shared one', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const arena = new Arena(PAGE_BYTES, { memory, base: 1000 });
  expect(arena.allocate(1)).toBe(1008);
  expect(new Arena(1, { shared: true }).memory.buffer).toBeInstanceOf(SharedArrayBuffer);
});
