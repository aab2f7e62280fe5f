import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, foldRepetitions, unfoldRepetitions } from './repetition.ts';

const block = (i: number): Entry[] => [
  { name: `block-${i}-product`, like: 'block-0-product' },
  `block-${i}-norm-0.5x`,
  { name: `block-${i}`, op: 'add', inputs: [`block-${i}-norm-0.5x`, `block-${i - 2}`] },
];

test('blocks that come again are counted', () => {
  const entries = ['input', ...[3, 5, 7, 9].flatMap(block), 'classifier'];
  const folded = foldRepetitions(entries);
  expect(folded).toEqual(['input', ...block(3), { repeat: 3, times: 3, step: 2 }, 'classifier']);
  expect(unfoldRepetitions(folded, 14)).toEqual(entries);
});

test('what was folded unfolds', () => {
  const text = fc
    .tuple(fc.constantFrom('a', 'b-'), fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, fc.nat(2e7)), fc.constantFrom('', '-c', '.5x'))
    .map((parts) => parts.join(''));
  const written = fc.record({ name: text, op: fc.constantFrom('add', 'relu'), inputs: fc.array(text, { maxLength: 2 }), attributes: fc.constant({ a: 1 }) });
  const run = fc.tuple(fc.array(fc.oneof(text, written), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 2, 3, 4096));
  let shorter = 0;
  fc.assert(
    fc.property(fc.array(run, { maxLength: 4 }), (runs) => {
      const list = runs.flatMap(([entries, times, step]) => unfoldRepetitions([...entries, { repeat: entries.length, times, step }], 100)) as Entry[];
      const folded = foldRepetitions(list);
      expect(unfoldRepetitions(JSON.parse(JSON.stringify(folded)), list.length)).toEqual(list);
      if (folded.length < list.length) shorter++;
    }),
    { seed: 1 },
  );
  expect(shorter).toBeGreaterThan(50);
});

test.each([
  ['more than there is', ['a0', { repeat: 2, times: 1, step: 1 }]],
  ['nothing before', [{ repeat: 1, times: 1, step: 1 }]],
  ['too many', ['a0', { repeat: 1, times: 100, step: 1 }]],
  ['half a time', ['a0', { repeat: 1, times: 0.5, step: 1 }]],
  ['steps of 0', ['a0', { repeat: 1, times: 1, step: 0 }]],
  ['steps beyond counting', ['a0', { repeat: 1, times: 1, step: 4097 }]],
  ['a text for a count', ['a0', { repeat: '1', times: 1, step: 1 }]],
  ['something that is no entry', [5, { repeat: 1, times: 1, step: 1 }]],
  ['a name without end', ['a'.repeat(1000), { repeat: 1, times: 50, step: 1 }]],
  [
    'inputs without end',
    [
      { name: 'a', inputs: Array.from({ length: 1000 }, () => 'b') },
      { repeat: 1, times: 50, step: 1 },
    ],
  ],
  [
    'inputs that are no names',
    [
      { name: 'a', inputs: [1] },
      { repeat: 1, times: 50, step: 1 },
    ],
  ],
])('%s is refused', (_, list) => {
  expect(() => unfoldRepetitions(list, 100)).toThrow(expect.objectContaining({ code: 'GRAPH_NODE' }));
});
