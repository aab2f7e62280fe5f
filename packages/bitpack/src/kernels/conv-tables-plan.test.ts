import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConvShape, outputPair } from './conv-shape.ts';
import { type ConvTablesPlan, cutConvTables, entryOffset, lastGroups, planConvTables, tableBytes } from './conv-tables-plan.ts';

/** What a plan breaks, by name. */
function broken(plan: ConvTablesPlan, shape: ConvShape): string[] {
  const peak = (plan.radix - 1) * plan.group;
  const [height, width] = outputPair(shape);
  const rules = {
    nibble: plan.merged >= 1 && plan.merged * peak <= 15,
    byte: plan.blockGroups * shape.taps[0] * shape.taps[1] * peak <= 255,
    offsets: tableBytes(plan) <= 0x1_0000 && entryOffset(plan, 0, 0) >= plan.half,
    groups: plan.groups * plan.group >= shape.channels && lastGroups(plan) >= 1 && lastGroups(plan) <= plan.blockGroups,
    rows: plan.stripRows <= height && plan.strips * plan.stripRows >= height,
    positions: 2 * plan.half >= (plan.stripRows - 1) * width + width && plan.half % (16 * plan.vectors) === 0,
  };
  return Object.entries(rules).flatMap(([name, kept]) => (kept ? [] : [name]));
}

const extent = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const shapes = fc
  .record({ outputs: extent(200), channels: extent(300), height: extent(60), width: extent(600), tap: extent(7), step: extent(3), spread: extent(3) })
  .map(({ tap, step, spread, ...rest }): ConvShape => {
    const side = Math.floor(((tap - 1) * spread) / 2);
    const margins = { top: side, bottom: side, left: side, right: side };
    return { ...rest, taps: [tap, tap], stride: [step, step], dilation: [spread, spread], rule: 'zero', margins };
  })
  .filter((shape) => outputPair(shape).every((pixels) => pixels >= 1));

test('every plan keeps within its budgets, and so does every cut', () => {
  const cuts = fc.record({ radix: fc.constantFrom<2 | 3>(2, 3), group: extent(7), vectors: extent(2), stripRows: extent(20) });
  const property = fc.property(shapes, cuts, (shape, cut) => {
    const fits = cut.stripRows <= outputPair(shape)[0];
    const plans = [planConvTables(shape, cut.radix), fits ? cutConvTables(shape, cut) : undefined];
    expect(plans.flatMap((plan) => (plan === undefined ? [] : broken(plan, shape)))).toEqual([]);
  });
  fc.assert(property, { numRuns: 150, seed: 8 });
});

test('speech-sized layers have a plan; what cannot fit has none', () => {
  const layer: ConvShape = {
    outputs: 64,
    channels: 64,
    height: 20,
    width: 49,
    taps: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    rule: 'zero',
    margins: { top: 1, bottom: 1, left: 1, right: 1 },
  };
  expect(planConvTables(layer, 2)).toMatchObject({ group: 5, merged: 3, vectors: 2, stripRows: 10, blocks: 3 });
  expect(planConvTables({ ...layer, taps: [5, 5] }, 2)).toBeDefined();
  expect(planConvTables({ ...layer, width: 200_000, height: 1, taps: [1, 3] }, 2)).toBeUndefined();
  expect(planConvTables({ ...layer, taps: [16, 16] }, 2)).toBeUndefined();
});
