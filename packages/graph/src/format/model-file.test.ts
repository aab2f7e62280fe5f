import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkModel, decodeModel, encodeModel, GraphBuilder, GraphError, shortenFloats, type Model, modelAtLevel, type Tensor } from '../index.ts';
import { thinnableModel } from '../levels.fixture.ts';
import { crc32 } from './crc32.ts';
import { changed, described, descriptionOf } from './model-file.fixture.ts';
import { encodeHalves } from './half.ts';
import { type ContainerTensor, readContainer, writeContainer } from './safetensors.ts';

function model(): Model {
  const builder = new GraphBuilder('tiny');
  const x = builder.input({ channels: 3, frames: 4, scale: 2 ** -6 });
  const y = builder.conv1d(x, { channels: 5, kernel: 3, weights: { name: 'xnor', bits: 1 }, activations: { name: 'int8', bits: 8, range: 2 } }, 'conv');
  builder.linear(builder.meanPool(y, 2), { channels: 2, weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range: 4 } }, 'out');
  const tensors = new Map<string, Tensor>([
    ['conv/weight', { type: 'b1', shape: [5, 3, 3], data: Uint8Array.from({ length: 10 }, (_, i) => i * 25) }],
    ['conv/scale', { type: 'f32', shape: [5], data: new Float32Array([1, 2, 3, 4, 5]) }],
    ['out/weight', { type: 'i8', shape: [2, 5], data: Int8Array.from({ length: 10 }, (_, i) => i - 5) }],
    ['out/scale', { type: 'f32', shape: [2], data: new Float32Array([0.5, 0.25]) }],
    ['out/bias', { type: 'f32', shape: [2], data: new Float32Array([-1, 1]) }],
  ]);
  return checkModel({
    graph: builder.build(),
    tensors,
    labels: ['yes', 'no'],
    features: { kind: 'log-mel' },
    decision: { smoothing: 500, refractory: 700, thresholds: { yes: 0.7 } },
    training: { seed: 1 },
  });
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof GraphError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('model file', () => {
  const file = encodeModel(model());

  test('survives the round trip', () => {
    const read = decodeModel(file);
    const written = model();
    expect(read.tensors).toEqual(written.tensors);
    expect({ ...read, graph: read.graph.nodes, tensors: 0 }).toEqual({ ...written, graph: written.graph.nodes, tensors: 0 });
    expect(encodeModel(read)).toEqual(file);
  });

  test('is a safetensors container', () => {
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    // Floats take two bytes where nothing is lost: 5 factors, then 2 factors and 2 biases.
    expect(header['halves']).toEqual({ dtype: 'F16', shape: [9], data_offsets: [0, 18] });
    expect(header['bytes']).toEqual({ dtype: 'I8', shape: [10], data_offsets: [18, 28] });
    expect(header['bits']).toEqual({ dtype: 'U8', shape: [10], data_offsets: [28, 38] });
    expect(length % 8).toBe(0);
    expect(descriptionOf(file)['storage']).toBe('bh ihh');
    const third = { ...model().tensors.get('out/scale')!, data: new Float32Array([1 / 3, 0.25]) };
    const stored = encodeModel({ ...model(), tensors: new Map(model().tensors).set('out/scale', third) });
    expect(descriptionOf(stored)['storage']).toBe('bh ifh');
    expect(readContainer(stored).tensors.get('floats')).toMatchObject({ dtype: 'F32', shape: [2] });
  });

  test('every truncation is a coded error', () => {
    for (let length = 0; length < file.length; length++) expect(codeOf(() => decodeModel(file.slice(0, length)))).toMatch(/^MODEL_FILE_/);
  });

  test('every damaged byte is found', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = file.slice();
        damaged[at]! ^= change;
        // A changed header may spell the same JSON another way (white space, an escape); then the model must be the same.
        const code = codeOf(() => expect(decodeModel(damaged).tensors).toEqual(decodeModel(file).tensors));
        expect(code).toMatch(/^(MODEL_FILE_|GRAPH_|no error)/);
        if (at >= 8 + Number(new DataView(file.buffer).getBigUint64(0, true))) expect(code).toBe('MODEL_FILE_DAMAGED');
      }),
    );
  });

  test('a header that promises gigabytes allocates nothing', () => {
    const huge = file.slice();
    new DataView(huge.buffer).setBigUint64(0, 2n ** 62n, true);
    expect(codeOf(() => decodeModel(huge))).toBe('MODEL_FILE_TOO_LARGE');
    expect(codeOf(() => decodeModel(file, { maximumBytes: 100 }))).toBe('MODEL_FILE_TOO_LARGE');
  });

  test('a newer version is refused by name', () => {
    const text = new TextDecoder('latin1').decode(file).replace('"version":"2"', '"version":"9"');
    expect(codeOf(() => decodeModel(Uint8Array.from(text, (c) => c.charCodeAt(0))))).toBe('MODEL_FILE_VERSION');
  });

  test('something else is not a model', () => {
    expect(codeOf(() => decodeModel(new TextEncoder().encode('RIFF....WAVEfmt and so on')))).toBe('MODEL_FILE_FORMAT');
  });
});

test('thresholds take a byte each after an exponent', () => {
  const builder = new GraphBuilder('thresholds');
  const x = builder.input({ channels: 3, frames: 4, scale: 2 ** -6 });
  const tags = { weights: { name: 'xnor', bits: 1 }, activations: { name: 'react', bits: 1 } } as const;
  builder.conv1d(x, { channels: 2, kernel: 4, ...tags }, 'conv');
  const data = new Float32Array([0.3, -0.1, 1e-3]);
  const tensors = new Map<string, Tensor>([
    ['conv/weight', { type: 'b1', shape: [2, 3, 4], data: new Uint8Array(4) }],
    ['conv/activation-offset', { type: 'f32', shape: [3], data }],
    ['conv/scale', { type: 'f32', shape: [2], data: new Float32Array([0.1, 0.2]) }],
  ]);
  const full = checkModel({ ...model(), graph: builder.build(), tensors });
  const short = shortenFloats(full);
  const stored = encodeModel(short);
  expect([...new Int8Array(readContainer(stored).tensors.get('bytes')!.bytes)]).toEqual([-8, 77, -26, 0]);
  expect(descriptionOf(stored)['storage']).toBe('bhc');
  for (const one of [full, short]) expect(decodeModel(encodeModel(one)).tensors).toEqual(one.tensors);
  expect(codeOf(() => decodeModel(changed(stored, { bytes: { dtype: 'I8', shape: [0], bytes: new Uint8Array(0) } })))).toBe('GRAPH_TENSOR');
});

test('a frozen model of halves takes fewer bytes and stays within half precision', () => {
  const uneven = new Map(model().tensors).set('out/scale', { type: 'f32', shape: [2], data: new Float32Array([1 / 3, 0.1]) });
  const full = { ...model(), tensors: uneven };
  const halved = shortenFloats(full);
  expect(encodeModel(halved).length).toBeLessThan(encodeModel(full).length);
  expect(decodeModel(encodeModel(halved)).tensors).toEqual(halved.tensors);
  [1 / 3, 0.1].forEach((value, at) => expect(Math.abs(halved.tensors.get('out/scale')!.data[at]! - value)).toBeLessThan(2 ** -13));
  expect(halved.tensors.get('conv/weight')).toBe(full.tensors.get('conv/weight'));
  const latent: Model = { ...full, tensors: new Map<string, Tensor>([['conv/weight', { type: 'f32', shape: [5, 3, 3], data: new Float32Array(45) }]]) };
  expect(shortenFloats(latent)).toBe(latent);
});

describe('levels in a file', () => {
  const levels = thinnableModel();
  const file = encodeModel(levels);
  test('survive the round trip', () => {
    expect(decodeModel(file)).toEqual(levels);
    expect(encodeModel(decodeModel(file))).toEqual(file);
    expect(decodeModel(encodeModel(modelAtLevel(levels, '0.5x')))).toEqual(modelAtLevel(levels, '0.5x'));
  });

  test('are written as names where nothing is new', () => {
    expect(descriptionOf(file)['level']).toBe('1x');
    expect(descriptionOf(file)['levels']).toEqual([
      {
        name: '0.5x',
        nodes: [
          'input',
          'block-1-product',
          { name: 'block-1-norm-0.5x', op: 'batch-norm' },
          { name: 'block-1', inputs: ['block-1-norm-0.5x', 'input'] },
          'classifier',
        ],
      },
    ]);
  });

  test.each([
    ['GRAPH_LEVEL', { level: 5 }],
    ['GRAPH_LEVEL', { level: undefined }],
    ['GRAPH_LEVEL', { levels: Array.from({ length: 8 }, () => ({ name: 'x', nodes: [] })) }],
    ['MODEL_FILE_DAMAGED', { levels: 'all' }],
    ['MODEL_FILE_DAMAGED', { levels: [null] }],
    ['GRAPH_NODE', { levels: [{ name: '0.5x', nodes: 'all' }] }],
    ['GRAPH_NODE', { levels: [{ name: '0.5x', nodes: ['input', 'elsewhere'] }] }],
    ['GRAPH_NODE', { levels: [{ name: '0.5x', nodes: ['input', 'classifier', 'classifier'] }] }],
    ['MODEL_FILE_DAMAGED', { level: undefined, levels: undefined }],
    ['GRAPH_NODE', { nodes: ['input', { repeat: 1, times: 5000, step: 1 }] }],
    ['GRAPH_NODE', { nodes: ['input'] }],
    ['GRAPH_NODE', { nodes: undefined }],
  ])('%s for %j', (code, change) => {
    expect(codeOf(() => decodeModel(described(file, change)))).toBe(code);
  });
});

test('a file of version 1 writes everything out', () => {
  const written = readFileSync(new URL('../golden/version-1.bitvox', import.meta.url));
  expect(readContainer(written).metadata['version']).toBe('1');
  expect({ ...decodeModel(written), graph: 0 }).toEqual({ ...model(), graph: 0 });
  expect(decodeModel(written).graph).toEqual(model().graph);
});

test('tensors may have entries of their own, as before pools', () => {
  const { name, nodes, labels, features, decision, training } = descriptionOf(encodeModel(model()));
  const text = JSON.stringify({ name, nodes, labels, features, decision, training });
  const halves = (...values: number[]): ContainerTensor => ({ dtype: 'F16', shape: [values.length], bytes: encodeHalves(Float32Array.from(values))! });
  const integers = model().tensors.get('out/weight')!.data as Int8Array;
  const named = (rowBytes: number): Uint8Array => {
    const tensors = new Map<string, ContainerTensor>([
      ['conv/weight', { dtype: 'U8', shape: [5, rowBytes], bytes: Uint8Array.from({ length: 5 * rowBytes }, (_, i) => i * 25) }],
      ['conv/scale', halves(1, 2, 3, 4, 5)],
      ['out/weight', { dtype: 'I8', shape: [2, 5], bytes: new Uint8Array(integers.buffer) }],
      ['out/scale', halves(0.5, 0.25)],
      ['out/bias', { dtype: 'F32', shape: [2], bytes: new Uint8Array(Float32Array.of(-1, 1).buffer) }],
    ]);
    const checksum = [...tensors.values()].reduce((value, { bytes }) => crc32(bytes, value), crc32(new TextEncoder().encode(text)));
    return writeContainer({ metadata: { format: 'bitvox', version: '2', model: text, checksum: checksum.toString(16).padStart(8, '0') }, tensors });
  };
  expect(decodeModel(named(2))).toEqual(model());
  expect(codeOf(() => decodeModel(named(3)))).toBe('GRAPH_TENSOR');
});

test('tensors must fit the graph', () => {
  const good = model();
  const without = new Map(good.tensors);
  without.delete('conv/scale');
  expect(codeOf(() => checkModel({ ...good, tensors: without }))).toBe('GRAPH_TENSOR');
  expect(codeOf(() => checkModel({ ...good, tensors: new Map([...good.tensors, ['x/y', good.tensors.get('out/bias')!]]) }))).toBe('GRAPH_TENSOR');
  expect(codeOf(() => checkModel({ ...good, labels: ['yes'] }))).toBe('GRAPH_TENSOR');
});

test('crc32 has its standard check value', () => expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926));

test('a Node buffer is read like any other bytes', () => {
  const file = encodeModel(model());
  // In Node a slice of a Buffer shares its memory; tensors must not.
  class SharingSlice extends Uint8Array {
    override slice(start?: number, end?: number): SharingSlice {
      return this.subarray(start, end) as SharingSlice;
    }
  }
  expect(decodeModel(SharingSlice.from(file)).tensors).toEqual(decodeModel(file).tensors);
});
