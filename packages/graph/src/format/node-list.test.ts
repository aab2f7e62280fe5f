import { expect, test } from 'vitest';
import { thinnable } from '../levels.fixture.ts';
import { readNodeLists, writeNodeLists } from './node-list.ts';

test('a list says nothing twice', () => {
  const [full] = writeNodeLists(thinnable());
  const tags = { weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } };
  expect(full).toEqual([
    { name: 'input', op: 'input', attributes: { channels: 6, frames: 4, scale: 2 ** -6 } },
    { name: 'block-0-product', op: 'conv1d', attributes: { channels: 6, bias: true, ...tags } },
    { name: 'block-0-norm-1x', op: 'batch-norm' },
    { name: 'block-0', op: 'add', inputs: ['block-0-norm-1x', 'input'] },
    { name: 'block-1-product', like: 'block-0-product' },
    { name: 'block-1-norm-1x', op: 'batch-norm' },
    { name: 'block-1', op: 'add', inputs: ['block-1-norm-1x', 'block-0'] },
    { name: 'classifier', op: 'conv1d', attributes: { channels: 2, kernel: 4, bias: true } },
  ]);
});

test('the lists give the graphs back', () => {
  const levels = thinnable();
  const lists: unknown[] = JSON.parse(JSON.stringify(writeNodeLists(levels)));
  expect(readNodeLists('thin', lists)).toEqual(levels.map(({ graph }) => graph));
});

test.each([
  ['an entry like none before', ['GRAPH_NODE', [{ name: 'input', like: 'input' }]]],
  ['a name that nobody described', ['GRAPH_NODE', ['input']]],
  ['something that is no entry', ['GRAPH_NODE', [5]]],
  ['a list that is none', ['GRAPH_NODE', 'input']],
] as const)('%s is refused', (_, [code, list]) => {
  expect(() => readNodeLists('thin', [list])).toThrow(expect.objectContaining({ code }));
});
