import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../builder.ts';
import { GraphError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { thinnableModel } from '../levels.fixture.ts';
import { checkLevels, nodesOfLevels } from '../levels.ts';
import { checkModel, levelsOf, type Model, type Tensor, tensorBytes, type TensorType } from '../model.ts';
import { decodeModel, encodeModel } from './model-file.ts';
import { changed, described, descriptionOf } from './model-file.fixture.ts';
import { type ContainerTensor, readContainer, writeContainer } from './safetensors.ts';

const TAGS = [null, { name: 'xnor', bits: 1 }, { name: 'int8-weights', bits: 8 }] as const;
const ACTIVATIONS = [null, { name: 'react', bits: 1 }, { name: 'int8', bits: 8, range: 2 }] as const;
const layer = fc.record({
  kind: fc.constantFrom('conv1d', 'depthwiseConv1d'),
  kernel: fc.constantFrom(1, 3),
  weights: fc.constantFrom(...TAGS),
  activations: fc.constantFrom(...ACTIVATIONS),
  bias: fc.boolean(),
  norm: fc.boolean(),
  thin: fc.boolean(),
});
type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

function network(layers: readonly Layer[], level: string): Graph {
  const builder = new GraphBuilder('random');
  let x = builder.input({ channels: 5, frames: 7, scale: 2 ** -6 });
  layers.forEach(({ kind, kernel, weights, activations, bias, norm, thin }, at) => {
    if (level !== 'full' && !thin) return;
    const options = { kernel, padding: [(kernel - 1) / 2, (kernel - 1) / 2] as const, bias, weights, activations };
    x = kind === 'conv1d' ? builder.conv1d(x, { channels: 5, ...options }, `layer-${at}`) : builder.depthwiseConv1d(x, options, `layer-${at}`);
    if (norm) x = builder.batchNorm(x, `layer-${at}-norm-${level}`);
  });
  builder.prelu(x, 'last');
  return builder.build();
}

/** Frozen or as trained, with numbers that need two bytes or four. */
function modelOf(layers: readonly Layer[], frozen: boolean, exact: boolean): Model {
  const levels = checkLevels(['full', 'thin'].map((name) => ({ name, graph: network(layers, name) })));
  const tensors = new Map<string, Tensor>();
  let seed = 1;
  const fill = (key: string, type: TensorType, shape: readonly number[]): void => {
    const length = tensorBytes(type, shape) / (type === 'f32' ? 4 : 1);
    const value = (): number => (seed = (seed * 75 + 74) % 65_537);
    const numbers = Array.from({ length }, () => (type === 'f32' ? (value() - 30_000) / (exact ? 3 : 2 ** 10) : value()));
    const array = { f32: Float32Array, i8: Int8Array, b1: Uint8Array }[type];
    tensors.set(key, { type, shape, data: array.from(numbers) });
  };
  for (const node of nodesOfLevels(levels).values()) {
    for (const { role, shape, bits } of frozen ? node.frozen : node.tensors) {
      const type = !frozen || bits === 32 ? 'f32' : bits === 1 ? 'b1' : 'i8';
      fill(`${node.name}/${role}`, type, shape);
      if (type !== 'f32') fill(`${node.name}/scale`, 'f32', [shape[0]!]);
    }
  }
  const parts = { labels: ['a', 'b', 'c', 'd', 'ü'], features: {}, decision: { smoothing: 0, refractory: 0, thresholds: {} }, training: {} };
  return checkModel({ graph: levels[0]!.graph, levels, tensors, ...parts });
}

test('random networks of two levels survive, frozen and in training', () => {
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean(), (layers, frozen, exact) => {
      const model = modelOf(layers, frozen, exact);
      const file = encodeModel(model);
      const read = decodeModel(file);
      expect(read).toEqual(model);
      expect(encodeModel(read)).toEqual(file);
      expect(levelsOf(read).map(({ name }) => name)).toEqual(['full', 'thin']);
    }),
  );
});

describe('a strange file', () => {
  const file = encodeModel(thinnableModel());
  const { tensors: entries, metadata } = readContainer(file);
  const storage = descriptionOf(file)['storage'] as string;
  const codeOf = (bytes: () => Uint8Array): string => {
    try {
      decodeModel(bytes());
    } catch (error) {
      if (error instanceof GraphError) return error.code;
      throw error;
    }
    return 'read';
  };
  const resized = (name: string, change: number): ContainerTensor => {
    const { dtype, shape, bytes } = entries.get(name)!;
    const numbers = shape[0]! + change;
    const all = new Uint8Array((bytes.length / shape[0]!) * numbers);
    all.set(bytes.subarray(0, all.length));
    return { dtype, shape: [numbers], bytes: all };
  };

  test.each(['floats', 'bits'])('has too many or too few %s', (name) => {
    for (const change of [-1, 1, 1000]) expect(codeOf(() => changed(file, { [name]: resized(name, change) }))).toBe('GRAPH_TENSOR');
    expect(codeOf(() => changed(file, { [name]: null }))).toBe('GRAPH_TENSOR');
  });

  test('has entries of another type or name', () => {
    const bits = entries.get('bits')!;
    expect(codeOf(() => changed(file, { bits: { ...bits, dtype: 'I8' } }))).toBe('GRAPH_TENSOR');
    expect(codeOf(() => changed(file, { bits: null, more: bits }))).toBe('GRAPH_TENSOR');
    expect(codeOf(() => changed(file, { 'x/weight': bits }))).toBe('GRAPH_TENSOR');
    expect(codeOf(() => changed(file, { model: null }))).toBe('MODEL_FILE_DAMAGED');
    expect(codeOf(() => changed(file, { model: { dtype: 'U8', shape: [1], bytes: Uint8Array.of(0xff) } }))).toBe('MODEL_FILE_DAMAGED');
    expect(codeOf(() => changed(file, { model: { ...entries.get('model')!, dtype: 'I8' } }))).toBe('MODEL_FILE_DAMAGED');
  });

  test('has entries that overlap or leave a gap', () => {
    for (const shift of [-4, 4]) {
      const text = new TextDecoder('latin1').decode(writeContainer({ metadata, tensors: entries }));
      const { length } = entries.get('floats')!.bytes;
      const end = length + entries.get('bits')!.bytes.length;
      const moved = text.replace(`"data_offsets":[${length},${end}]`, `"data_offsets":[${length + shift},${end + shift}]`);
      expect(moved).not.toBe(text);
      expect(codeOf(() => Uint8Array.from(moved, (c) => c.charCodeAt(0)))).toBe('MODEL_FILE_DAMAGED');
    }
  });

  test.each([
    undefined,
    5,
    '',
    `${storage} b`,
    storage.slice(0, storage.lastIndexOf(' ')),
    `${storage}${'-'.repeat(20)}`,
    storage.replace('b', 'x'),
    storage.replace('b', 'c'),
  ])('stores tensors as %j', (text) => {
    expect(codeOf(() => described(file, { storage: text }))).toBe('MODEL_FILE_DAMAGED');
  });

  test('stores any mixture', () => {
    const letters = fc.constantFrom('b', 'i', 'c', 'h', 'f', '-', ' ', 'x');
    fc.assert(
      fc.property(fc.nat(storage.length - 1), letters, (at, letter) => {
        fc.pre(storage[at] !== letter);
        expect(codeOf(() => described(file, { storage: storage.slice(0, at) + letter + storage.slice(at + 1) }))).toMatch(
          /^(MODEL_FILE_DAMAGED|GRAPH_TENSOR)$/,
        );
      }),
    );
  });
});
