import { beforeEach, expect, test } from 'vitest';
import { type ChoiceStore, fastestGemm } from './fastest.ts';
import { candidateGemms, gemmByName, selectGemm } from './select.ts';

/** A clock that counts how often it is read, and goes on by a little each time. */
let reads: number;
const now = (): number => ++reads / 250;
beforeEach(() => {
  reads = 0;
});

/** Shapes that no other test asks about, since the process remembers. */
let depth = 40;
const freshShape = () => ({ m: 16, k: ++depth, t: 3 });

function mapStore(entries: readonly (readonly [string, string])[] = []): ChoiceStore & { readonly map: Map<string, string> } {
  const map = new Map(entries);
  return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value) };
}

test('measures once, then remembers', () => {
  const shape = freshShape();
  const name = fastestGemm(shape, {}, { now, milliseconds: 0.01 });
  expect(gemmByName(name, shape).name).toBe(name);
  expect(reads).toBeGreaterThan(0);
  reads = 0;
  expect(fastestGemm(shape, {}, { now })).toBe(name);
  expect(reads).toBe(0);
});

test('types and shapes are remembered apart', () => {
  const shape = freshShape();
  expect(fastestGemm(shape, { weights: 'ternary', activations: 'int8' }, { now, milliseconds: 0.01 })).toMatch(/^gemm_ternaryxint8_i32__/);
  expect(fastestGemm(shape, { weights: 'int4', activations: 'int8' }, { now, milliseconds: 0.01 })).toMatch(/^gemm_int4xint8_i32__/);
});

test('a store is asked before anything is measured, and told afterwards', () => {
  const store = mapStore();
  const shape = freshShape();
  const name = fastestGemm(shape, {}, { store, now, milliseconds: 0.01 });
  expect([...store.map.values()]).toEqual([name]);

  const [[key]] = [...store.map.keys()].map((key) => [key]) as [[string]];
  const other = freshShape();
  const otherKey = key.replace(`x${shape.k}x`, `x${other.k}x`);
  const last = candidateGemms(other).at(-1)!.name;
  reads = 0;
  expect(fastestGemm(other, {}, { store: mapStore([[otherKey, last]]), now })).toBe(last);
  expect(reads).toBe(0);
});

test('a store that holds nonsense or throws does no harm', () => {
  const nonsense: ChoiceStore = { getItem: () => '__proto__', setItem: () => undefined };
  const broken: ChoiceStore = {
    getItem: () => {
      throw new Error('SecurityError');
    },
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
  };
  for (const store of [nonsense, broken]) {
    const shape = freshShape();
    expect(candidateGemms(shape).map(({ name }) => name)).toContain(fastestGemm(shape, {}, { store, now, milliseconds: 0.01 }));
  }
});

test('impossible shapes and types are refused', () => {
  expect(() => fastestGemm({ m: 1, k: 1 << 20, t: 1 })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => fastestGemm({ m: 0, k: 8, t: 1 })).toThrow(/BITPACK_SHAPE/);
  expect(() => fastestGemm({ m: 1, k: 8, t: 1 }, { weights: 'int3' as 'int4' })).toThrow(/BITPACK_TYPE/);
});

test('the rule stands in a close race', () => {
  const shape = freshShape();
  // Every call seems to take the same time, whatever it computes.
  let time = 0;
  expect(fastestGemm(shape, {}, { now: () => (time += 1), milliseconds: 0.01 })).toBe(selectGemm(shape).name);
});
