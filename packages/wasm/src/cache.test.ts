import { expect, test } from 'vitest';
import { compileModule, compileOnce, i32, ModuleBuilder, ModuleCache, WasmError } from './index.ts';

const bytes = (value: number): Uint8Array<ArrayBuffer> => {
  const module = new ModuleBuilder();
  module.function('f', {}, { result: 'i32' }).return(i32.const(value));
  return module.build();
};

test('a key is built and compiled once, until it is the least recently used', () => {
  const cache = new ModuleCache(2);
  const built: string[] = [];
  const get = (key: string): WebAssembly.Module => cache.get(key, () => (built.push(key), bytes(key.length)));
  const first = get('a');
  get('bb');
  expect(get('a')).toBe(first);
  get('ccc');
  expect(get('a')).toBe(first);
  get('bb');
  expect(built).toEqual(['a', 'bb', 'ccc', 'bb']);
  expect(cache.size).toBe(2);
  cache.clear();
  expect(cache.size).toBe(0);
});

test('the shared cache is one', () => {
  const module = compileOnce('wasm/cache.test', () => bytes(1));
  expect(compileOnce('wasm/cache.test', () => bytes(2))).toBe(module);
});

test('bytes the engine refuses are named with its reason', () => {
  expect(() => compileModule(Uint8Array.of(1, 2, 3), 'broken')).toThrow(WasmError);
  expect(() => compileModule(Uint8Array.of(1, 2, 3), 'broken')).toThrow(/3 bytes for "broken".*\[WASM_INVALID_MODULE\]/);
});
