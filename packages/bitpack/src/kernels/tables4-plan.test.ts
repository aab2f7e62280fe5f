import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutTables4, entryOffset, planTables4, tableBytes, type Tables4Plan } from './tables4-plan.ts';

/** What a plan breaks, by name. */
function broken(plan: Tables4Plan, k: number): string[] {
  const groups = Math.ceil(k / plan.group);
  const rules = {
    nibble: plan.merged * plan.group <= 15,
    byte: plan.blockGroups * plan.group <= 255,
    turns: plan.blockGroups % (plan.merged * plan.turns) === 0,
    offsets: tableBytes(plan) <= 65536 && entryOffset(plan, plan.blockGroups - 1, (1 << plan.group) - 1) < tableBytes(plan),
    covers: plan.blocks * plan.blockGroups >= groups,
    // The tables of an incomplete last group are built with the last block, which must hold it.
    lastBlock: (plan.blocks - 1) * plan.blockGroups < groups,
  };
  return Object.entries(rules).flatMap(([name, kept]) => (kept ? [] : [name]));
}

test('every plan keeps within its budgets', () => {
  const extent = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
  fc.assert(
    fc.property(extent(600), fc.oneof(extent(600), extent(32767)), extent(300), (m, k, t) => {
      expect(broken(planTables4({ m, k, t }), k)).toEqual([]);
    }),
    { numRuns: 300, seed: 5 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32767 }), fc.constantFrom(4, 5, 6), fc.constantFrom(1, 2), (k, group, vectors) => {
      expect(broken(cutTables4(k, group, vectors), k)).toEqual([]);
    }),
    { numRuns: 300, seed: 6 },
  );
});
