import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeIntervals } from './place.ts';

const interval = fc.tuple(fc.nat(20), fc.nat(8), fc.integer({ min: 1, max: 500 })).map(([from, length, bytes]) => ({ from, to: from + length, bytes }));

test('buffers that live at the same time never overlap, and none is out of the region', () => {
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 30 }), (intervals) => {
      const { addresses, bytes } = placeIntervals(intervals, 64);
      intervals.forEach((a, i) => {
        expect(addresses[i]! % 64).toBe(0);
        expect(addresses[i]! + a.bytes).toBeLessThanOrEqual(bytes);
        intervals.slice(i + 1).forEach((b, offset) => {
          const j = i + 1 + offset;
          const together = a.from <= b.to && b.from <= a.to;
          const apart = addresses[i]! + a.bytes <= addresses[j]! || addresses[j]! + b.bytes <= addresses[i]!;
          expect(!together || apart).toBe(true);
        });
      });
    }),
  );
});

test('a chain needs no more than its two largest neighbours', () => {
  const chain = [100, 200, 50, 200, 100].map((bytes, step) => ({ from: step, to: step + 1, bytes }));
  expect(placeIntervals(chain, 1).bytes).toBeLessThanOrEqual(350);
});
