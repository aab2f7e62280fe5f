import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutTables16, cutTables4, entryOffset, planTables16, planTables4, type Radix, tableBytes, type TablesPlan } from './tables-plan.ts';

/** What a plan breaks, by name. */
function broken(plan: TablesPlan, k: number, lanes: 4 | 16): string[] {
  const groups = Math.ceil((k - plan.rest) / plan.group);
  const inputs = plan.merged * plan.group;
  const rules = {
    lane: lanes === 4 ? inputs * (plan.radix - 1) <= 15 : plan.merged === 1,
    block: plan.blockGroups * plan.group * (lanes === 4 ? plan.radix - 1 : 1) <= 255,
    merged: plan.blockGroups % plan.merged === 0,
    rest: plan.rest === 0 || plan.rest === k % plan.group,
    offsets: tableBytes(plan) <= 65536 && entryOffset(plan, plan.blockGroups - 1, plan.radix ** plan.group - 1) < tableBytes(plan),
    covers: plan.blocks * plan.blockGroups >= groups,
    // The tables of an incomplete last group are built with the last block, which must hold it.
    lastBlock: (plan.blocks - 1) * plan.blockGroups < groups,
  };
  return Object.entries(rules).flatMap(([name, kept]) => (kept ? [] : [name]));
}

const extent = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const depth = fc.oneof(extent(600), extent(32767));
const radix = fc.constantFrom<Radix>(2, 3);

test('every plan keeps within its budgets', () => {
  const property = fc.property(extent(600), depth, extent(300), radix, (m, k, t, values) => {
    expect(broken(planTables4({ m, k, t }, values), k, 4)).toEqual([]);
    expect(broken(planTables16({ m, k, t }, values), k, 16)).toEqual([]);
  });
  fc.assert(property, { numRuns: 300, seed: 5 });
});

test('and so does every cut', () => {
  const property = fc.property(extent(32767), radix, fc.integer({ min: 0, max: 2 }), fc.constantFrom(1, 2), (k, values, n, vectors) => {
    expect(broken(cutTables4(k, values, values === 2 ? 4 + n : 1 + n, vectors), k, 4)).toEqual([]);
    expect(broken(cutTables16(k, values, values === 2 ? 4 + n : 2 + n), k, 16)).toEqual([]);
  });
  fc.assert(property, { numRuns: 300, seed: 6 });
});

test('depths just above what bytes hold need no block more', () => {
  expect(planTables4({ m: 256, k: 256, t: 128 })).toMatchObject({ blocks: 1, blockGroups: 51, rest: 1 });
  expect(planTables4({ m: 512, k: 512, t: 512 })).toMatchObject({ blocks: 2, blockGroups: 51, rest: 2 });
  expect(planTables4({ m: 256, k: 250, t: 128 })).toMatchObject({ blocks: 1, rest: 0 });
});
