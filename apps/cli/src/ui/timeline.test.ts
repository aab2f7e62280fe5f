import fc from 'fast-check';
import { expect, test } from 'vitest';
import { styleFor, widthOf } from './style.ts';
import { timeline } from './timeline.ts';

const plain = styleFor(false);

test('marks stand at their time, one row where they fit', () => {
  const lines = timeline(
    [
      {
        name: 'said',
        marks: [
          { time: 0, text: 'yes' },
          { time: 4, text: 'no' },
        ],
      },
      { name: 'heard', marks: [{ time: 4.5, text: '!go' }] },
    ],
    8,
    49,
    plain,
  );
  expect(lines).toHaveLength(4);
  const [scale, said, heard] = lines;
  expect(scale).toMatch(/^ {9}┬0:00─+┬/);
  expect(said!.indexOf('no') - said!.indexOf('yes')).toBe(20);
  expect(heard!.indexOf('!go')).toBeGreaterThan(said!.indexOf('no'));
});

test('a long stream takes several rows, each with its time', () => {
  const lines = timeline([{ name: 'said', marks: [{ time: 59, text: 'stop' }] }], 60, 84, plain);
  expect(lines.filter((line) => line.includes('┬')).length).toBe(4);
  expect(lines.find((line) => line.includes('stop'))).toBeDefined();
});

test('every mark appears exactly once and whole, whatever their times and the width', () => {
  const mark = fc.record({ time: fc.double({ min: 0, max: 29.9, noNaN: true }), text: fc.constantFrom('yes', 'stop', 'unknown') });
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 20 }), fc.integer({ min: 40, max: 160 }), (marks, columns) => {
      const text = timeline([{ name: 'said', marks }], 30, columns, plain).join('\n');
      const found = [...text.matchAll(/yes|stop|unknown/g)].map(([word]) => word).toSorted();
      expect(found).toEqual(marks.map((m) => m.text).toSorted());
    }),
    { numRuns: 50 },
  );
});

test('colours do not move anything', () => {
  const tracks = [
    {
      name: 'said',
      marks: [
        { time: 1, text: 'yes', tone: 'green' as const },
        { time: 2, text: 'no' },
      ],
    },
  ];
  const widths = (color: boolean): number[] => timeline(tracks, 5, 60, styleFor(color)).map(widthOf);
  expect(widths(true)).toEqual(widths(false));
});

test('words at the very end of a row stay within the width', () => {
  const times = [0.5, 17.2, 18.4, 19.6];
  const lines = timeline([{ name: 'said', marks: times.map((time) => ({ time, text: '(other)' })) }], 20, 90, plain);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(90);
});
