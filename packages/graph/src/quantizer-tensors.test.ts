import { expect, test } from 'vitest';
import { GraphBuilder, type Node, summarize } from './index.ts';

const V2 = { weights: { name: 'lpb', bits: 1 }, activations: { name: 'dual-scale', bits: 1, terms: 2 } } as const;

function nodes(): ReadonlyMap<string, Node> {
  const builder = new GraphBuilder('learned');
  const x = builder.input({ channels: 12, frames: 10, scale: 0.5 });
  const plane = builder.conv2d(x, { channels: 4, height: 6, kernel: [3, 3], padding: [1, 1, 1, 1], ...V2 }, 'plane');
  const memory = builder.depthwiseConv1d(plane, { kernel: 5, padding: [2, 2], paddingValue: 'quantized', ...V2 }, 'memory');
  const point = builder.conv1d(memory, { channels: 7, bias: true, weights: { name: 'recu', bits: 1 }, activations: { name: 'react', bits: 1 } }, 'point');
  builder.linear(point, { channels: 2, weights: null, activations: { name: 'react', bits: 1 } }, 'float');
  return new Map(builder.build().nodes.map((node) => [node.name, node]));
}

const shapes = (tensors: Node['tensors']): Record<string, readonly number[]> => Object.fromEntries(tensors.map(({ role, shape }) => [role, shape]));

test('a layer owns what its quantizers learn, counted in planes', () => {
  const { plane, memory, point } = Object.fromEntries(nodes());
  const learned = { 'activation-alpha-0': [1], 'activation-alpha-1': [1], 'weight-alpha': [1] };
  expect(shapes(plane!.tensors)).toEqual({ weight: [4, 2, 3, 3], 'theta-0': [2], 'theta-1': [2], 'theta-2': [2], 'residual-scale': [1], ...learned });
  expect(shapes(memory!.tensors)).toEqual({ weight: [24, 1, 5], 'theta-0': [24], 'theta-1': [24], 'theta-2': [24], 'residual-scale': [24], ...learned });
  expect(shapes(point!.tensors)).toEqual({ weight: [7, 24, 1], bias: [7], 'activation-offset': [24], 'weight-scale': [7] });
  expect(memory!.tensors.filter(({ trainable }) => !trainable).map(({ role }) => role)).toEqual(['residual-scale']);
});

test('freezing leaves thresholds and a place for the constant of the last one', () => {
  const { plane, memory, point, float } = Object.fromEntries(nodes());
  expect(shapes(plane!.frozen)).toEqual({ weight: [4, 2, 3, 3], bias: [4], 'theta-0': [2], 'theta-1': [2], 'residual-scale': [1] });
  expect(shapes(memory!.frozen)).toEqual({ weight: [24, 1, 5], bias: [24], 'theta-0': [24], 'theta-1': [24], 'residual-scale': [24] });
  expect(shapes(point!.frozen)).toEqual({ weight: [7, 24, 1], bias: [7], 'activation-offset': [24] });
  expect(float!.frozen).toEqual(float!.tensors);
});

test('a layer that reads one frame takes the second scale from it', () => {
  const builder = new GraphBuilder('frame');
  builder.conv1d(builder.input({ channels: 3, frames: 2, scale: 0.5 }), { channels: 2, ...V2 }, 'point');
  expect(Object.keys(shapes(builder.build().nodes[1]!.tensors))).not.toContain('residual-scale');
});

test('two terms are two products', () => {
  const builder = new GraphBuilder('terms');
  builder.linear(builder.conv1d(builder.input({ channels: 8, frames: 3, scale: 0.5 }), { channels: 4, ...V2 }), { channels: 2 });
  const { macs, binaryMacs, operations } = summarize(builder.build());
  expect(binaryMacs).toBe(2 * 8 * 4 * 3);
  expect(macs - binaryMacs).toBe(4 * 2 * 3);
  expect(operations).toBe(4 * 2 * 3 + 3);
});
