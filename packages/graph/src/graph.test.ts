import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGraph, GraphBuilder, GraphError, summarize, withFrames } from './index.ts';

function small() {
  const builder = new GraphBuilder('small');
  const x = builder.input({ channels: 4, frames: 20, scale: 2 ** -6 });
  const y = builder.conv1d(
    x,
    { channels: 8, kernel: 3, stride: 2, weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range: 2 } },
    'front',
  );
  const z = builder.depthwiseConv1d(y, { kernel: 5, padding: [2, 2] }, 'memory');
  builder.softmax(builder.linear(builder.meanPool(builder.add(y, z), 9), { channels: 3 }, 'classifier'));
  return builder.build();
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof GraphError) return `${error.code} ${error.node ?? '-'}`;
    throw error;
  }
  return 'no error';
};
const node = (name: string, op: string, inputs: string[], attributes: object = {}) => ({ name, op, inputs, attributes });
const input = node('input', 'input', [], { channels: 4, frames: 10, scale: 0.015625 });
const conv = { channels: 8, kernel: 3, stride: 1, dilation: 1, padding: [1, 1], bias: false, weights: null, activations: null };

describe('shapes and streams', () => {
  test('follow from the rules', () => {
    const graph = small();
    const shapes = Object.fromEntries(graph.nodes.map(({ name, shape }) => [name, `${shape.channels}x${shape.frames}`]));
    expect(shapes).toMatchObject({ front: '8x9', memory: '8x9', 'add-0': '8x9', 'mean-pool-0': '8x1', classifier: '3x1' });
    const stream = Object.fromEntries(graph.nodes.map(({ name, stream }) => [name, stream]));
    expect(stream['front']).toEqual({ hop: 2, delay: 2, receptiveField: 3, history: 2 });
    expect(stream['memory']).toEqual({ hop: 2, delay: 6, receptiveField: 11, history: 4 });
    // The skip connection waits two frames for the look-ahead of the memory.
    expect(stream['add-0']).toMatchObject({ delay: 6, history: 2 });
  });

  test('a longer clip gives more frames of the same network', () => {
    expect(withFrames(small(), 40).nodes.at(-1)!.shape).toEqual({ channels: 3, frames: 11 });
  });
});

describe('validation names the node and the reason', () => {
  test.each([
    ['GRAPH_NODE -', []],
    ['GRAPH_NODE x', [node('x', 'relu', ['input'])]],
    ['GRAPH_NODE input', [input, input]],
    ['GRAPH_NODE y', [input, node('y', 'fourier', ['input'])]],
    ['GRAPH_NODE y', [input, node('y', 'relu', ['later'])]],
    ['GRAPH_NODE y', [input, node('y', 'add', ['input'])]],
    ['GRAPH_NODE y', [input, node('y', 'relu', ['input']), node('z', 'relu', ['input'])]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, kernel: 0 })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, padding: [3, 0] })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, weights: { name: 'x', bits: 3 } })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, activations: { name: 'x', bits: 8, range: 3 } })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, colour: 'red' })]],
    ['GRAPH_SHAPE c', [input, node('c', 'conv1d', ['input'], { ...conv, kernel: 21, padding: [0, 0] })]],
    ['GRAPH_SHAPE c', [input, node('w', 'conv1d', ['input'], { ...conv, channels: 65536 }), node('c', 'conv1d', ['w'], { ...conv, channels: 65536 })]],
    ['GRAPH_SHAPE a', [input, node('c', 'conv1d', ['input'], conv), node('a', 'add', ['input', 'c'])]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, activations: { name: 'x', bits: 8, terms: 2 } })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv1d', ['input'], { ...conv, paddingValue: 'one' })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv2d', ['input'], { channels: 2, height: 2, kernel: 3 })]],
    ['GRAPH_ATTRIBUTE c', [input, node('c', 'conv2d', ['input'], { channels: 2, height: 2, kernel: [1, 3], padding: [1, 0, 0, 0] })]],
    ['GRAPH_SHAPE c', [input, node('c', 'conv2d', ['input'], { channels: 2, height: 3, kernel: [3, 3] })]],
    ['GRAPH_SHAPE c', [input, node('c', 'conv2d', ['input'], { channels: 2, height: 2, kernel: [3, 3] })]],
    ['GRAPH_SHAPE c', [input, node('c', 'conv2d', ['input'], { channels: 40_000, height: 2, kernel: [1, 1] })]],
    ['GRAPH_SHAPE b', [input, node('b', 'batch-norm', ['input'], { height: 3 })]],
    ['GRAPH_SHAPE p', [input, node('p', 'mean-pool', ['input'], { window: 11 })]],
  ])('%s', (code, nodes) => {
    expect(codeOf(() => createGraph('g', nodes))).toBe(code);
  });

  test('anything that JSON can say gives a graph or a coded error', () => {
    const attributes = fc.oneof(
      fc.jsonValue(),
      fc.record({ channels: fc.integer(), frames: fc.integer(), scale: fc.double(), kernel: fc.integer(), window: fc.integer() }),
    );
    const anyNode = fc.record({
      name: fc.constantFrom('a', 'b', 'input', ''),
      op: fc.constantFrom('input', 'relu', 'conv1d', 'conv2d', 'mean-pool', 'toString'),
      inputs: fc.array(fc.constantFrom('a', 'b', 'input')),
      attributes,
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(input), anyNode, fc.jsonValue()), { maxLength: 5 }), (nodes) => {
        expect(codeOf(() => createGraph('g', nodes))).toMatch(/^(no error|GRAPH_)/);
      }),
    );
  });
});

test('a summary counts parameters, bytes and MACs by width', () => {
  const summary = summarize(small());
  expect(summary.parametersByBits).toEqual(
    new Map([
      [8, 96],
      [32, 40 + 24 + 3],
    ]),
  );
  expect(summary.bytes).toBe(96 + 4 * 8 + 4 * 67);
  expect(summary.macs).toBe(4 * 3 * 8 * 9 + 5 * 8 * 9 + 8 * 3);
});
