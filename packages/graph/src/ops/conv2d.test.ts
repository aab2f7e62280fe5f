import { expect, test } from 'vitest';
import { createGraph, GraphBuilder, type Node, outputRows, summarize } from '../index.ts';

function front(): Map<string, Node> {
  const builder = new GraphBuilder('front');
  const x = builder.input({ channels: 40, frames: 98, scale: 2 ** -6 });
  const first = builder.conv2d(x, { channels: 16, height: 40, kernel: [5, 11], stride: [2, 6], padding: [2, 2, 3, 3], bias: true }, 'first');
  const second = builder.conv2d(
    builder.batchNorm(first, 'norm', 20),
    { channels: 32, height: 20, kernel: [5, 5], stride: [2, 2], padding: [0, 0, 2, 2] },
    'second',
  );
  builder.linear(second, { channels: 3 }, 'last');
  return new Map(builder.build().nodes.map((node) => [node.name, node]));
}

test('planes of rows lie in channels', () => {
  const nodes = front();
  expect(nodes.get('first')).toMatchObject({ shape: { channels: 16 * 20, frames: 16 }, stream: { hop: 6, delay: 7, receptiveField: 11, history: 10 } });
  expect(nodes.get('second')).toMatchObject({ shape: { channels: 32 * 8, frames: 8 }, stream: { hop: 12, delay: 7 + 2 * 6, receptiveField: 11 + 4 * 6 } });
  expect(nodes.get('first')!.tensors.map(({ role, shape }) => [role, shape])).toEqual([
    ['weight', [16, 1, 5, 11]],
    ['bias', [16]],
  ]);
  expect(nodes.get('second')!.tensors[0]!.shape).toEqual([32, 16, 5, 5]);
  expect(nodes.get('norm')!.tensors.map(({ shape }) => shape)).toEqual([[16], [16], [16], [16]]);
  expect(nodes.get('norm')!.frozen.map(({ shape }) => shape)).toEqual([[16], [16]]);
  const second = nodes.get('second')!;
  expect(second.op === 'conv2d' && outputRows(second.attributes)).toBe(8);
});

test('every output costs one window of all input planes', () => {
  const input = { name: 'input', op: 'input', inputs: [], attributes: { channels: 32, frames: 32, scale: 0.5 } };
  const conv = { name: 'c', op: 'conv2d', inputs: ['input'], attributes: { channels: 16, height: 32, kernel: [5, 5], stride: [2, 2], padding: [2, 2, 2, 2] } };
  expect(summarize(createGraph('g', [input, conv])).macs).toBe(102_400);
  // A window of one row is a `conv1d`.
  const dense = { name: 'd', op: 'conv1d', inputs: ['input'], attributes: { channels: 16, kernel: 5, padding: [2, 0] } };
  const rows = { name: 'd', op: 'conv2d', inputs: ['input'], attributes: { channels: 16, height: 1, kernel: [1, 5], padding: [0, 0, 2, 0] } };
  const [one, two] = [dense, rows].map((node) => createGraph('g', [input, node]).nodes[1]!);
  expect({ ...two!, op: 0, attributes: 0, tensors: 0, frozen: 0 }).toEqual({ ...one!, op: 0, attributes: 0, tensors: 0, frozen: 0 });
});
