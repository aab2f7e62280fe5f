import { GraphBuilder, GraphError, inputOf, type Model } from '@bitvox/graph';
import { describe, expect, test } from 'vitest';
import { describeProgram, formatProgram } from '../describe.ts';
import { plainNetwork } from '../plain-network.fixture.ts';
import { outputsOf } from '../program.ts';
import { randomFrames, randomGraph, randomModel } from '../random-model.fixture.ts';
import { createSession } from '../session/session.ts';
import { lower } from './lower.ts';

const SIGN = { name: 'sign', bits: 1 } as const;
const XNOR = { name: 'xnor', bits: 1 } as const;
const int8 = (range: number) => ({ weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range } }) as const;
const BINARY = { weights: XNOR, activations: SIGN } as const;

/** The shape of a binary DFSMN with one block. */
function block(): Model {
  const builder = new GraphBuilder('block');
  const input = builder.input({ channels: 5, frames: 30, scale: 2 ** -6 });
  const x = builder.prelu(builder.batchNorm(builder.conv1d(input, { channels: 8, kernel: 5, stride: 3, ...int8(2) }, 'front')));
  const memory = builder.depthwiseConv1d(builder.batchNorm(x, 'centre'), { kernel: 5, padding: [2, 2], ...BINARY }, 'memory');
  const m = builder.add(builder.prelu(builder.batchNorm(memory)), x);
  const u = builder.prelu(builder.batchNorm(builder.conv1d(m, { channels: 16, ...BINARY }, 'expand')));
  const y = builder.add(builder.prelu(builder.batchNorm(builder.conv1d(u, { channels: 8, ...BINARY }, 'project'))), m);
  const pooled = builder.batchNorm(builder.meanPool(y, 9, 'pool'));
  builder.softmax(builder.linear(pooled, { channels: 3, ...int8(4) }, 'classifier'));
  return randomModel(builder.build(), 7);
}

test('batch norms, activations, sums and signs of norms join the layer before them', () => {
  const program = lower(block());
  expect(program.steps.map((step) => step.node)).toEqual(['front', 'memory', 'expand', 'project', 'pool', 'classifier']);
  expect(program.steps.map((step) => outputsOf(step).map((output) => program.tensors[output]!.format))).toEqual([
    ['i16', 'sign'],
    ['i16', 'bit'],
    ['bit'],
    ['i16'],
    ['i8'],
    ['i16'],
  ]);
  expect(program.steps.map((step) => step.epilogue.kind)).toEqual(['value', 'value', 'threshold', 'value', 'value', 'value']);
  expect(program.steps[0]!.members).toContain('centre');
  expect(program.tensors.find((tensor) => tensor.format === 'sign')!.padding).toEqual([2, 2]);
});

test('a program can be described in JSON and in text', () => {
  const program = lower(block());
  const description = describeProgram(program);
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  expect(new Set(description.tensors.map((tensor) => tensor.id)).size).toBe(program.tensors.length);
  expect(formatProgram(program)).toContain('expand');
});

describe('lowering refuses, naming the node', () => {
  const oneLayer = (attributes: object): Model => {
    const builder = new GraphBuilder('one');
    const input = builder.input({ channels: 4, frames: 5, scale: 2 ** -6 });
    builder.linear(input, { channels: 2, ...attributes }, 'layer');
    return randomModel(builder.build(), 1);
  };
  const code = (error: string, node = 'layer') => expect.objectContaining({ code: error, node });
  const failure = (model: Model): unknown => {
    try {
      lower(model);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test('float and quantised layers in one model', () => {
    expect(failure(oneLayer({ weights: XNOR }))).toEqual(code('RUNTIME_MIXED'));
    const builder = new GraphBuilder('two');
    const x = builder.linear(builder.input({ channels: 4, frames: 5, scale: 2 ** -6 }), { channels: 3, ...BINARY }, 'first');
    builder.linear(x, { channels: 2 }, 'second');
    expect(failure(randomModel(builder.build(), 1))).toEqual(code('RUNTIME_MIXED', 'second'));
  });

  test('weights that are not frozen', () => {
    const model = oneLayer(BINARY);
    const tensors = new Map(model.tensors);
    tensors.set('layer/weight', { type: 'f32', shape: [2, 4], data: new Float32Array(8) });
    tensors.delete('layer/scale');
    expect(failure({ ...model, tensors })).toEqual(code('RUNTIME_NOT_FROZEN'));
  });

  test('activations of other widths, or without a range', () => {
    expect(failure(oneLayer({ weights: XNOR, activations: { name: 'dorefa', bits: 4, range: 1 } }))).toEqual(code('RUNTIME_QUANTIZER'));
    expect(failure(oneLayer({ weights: XNOR, activations: { name: 'int8', bits: 8 } }))).toEqual(code('RUNTIME_QUANTIZER'));
  });

  test.each(['xnor-sign', 'dual-scale-faithful'])('activations with factors that only training computes: %s', (name) => {
    expect(failure(oneLayer({ weights: XNOR, activations: { name, bits: 1 } }))).toEqual(code('RUNTIME_QUANTIZER'));
  });

  test('numbers that are none or too large', () => {
    const model = oneLayer({ ...int8(2), bias: true });
    const broken = (role: string, value: number): Model => {
      const tensor = model.tensors.get(`layer/${role}`)!;
      return { ...model, tensors: new Map(model.tensors).set(`layer/${role}`, { ...tensor, data: new Float32Array(tensor.data.length).fill(value) }) };
    };
    expect(failure(broken('scale', Number.NaN))).toEqual(code('RUNTIME_RANGE'));
    expect(failure(broken('scale', 1e9))).toEqual(code('RUNTIME_RANGE'));
    expect(failure(broken('bias', Number.POSITIVE_INFINITY))).toEqual(code('RUNTIME_RANGE'));
  });

  test('a softmax in the middle, and a step that is no power of two', () => {
    const builder = new GraphBuilder('middle');
    const x = builder.softmax(builder.input({ channels: 4, frames: 5, scale: 2 ** -6 }), 'soft');
    builder.linear(x, { channels: 2 }, 'layer');
    expect(failure(randomModel(builder.build(), 1))).toEqual(code('RUNTIME_OPERATION', 'soft'));
    expect(() => lower(block(), { residualStep: 0.3 })).toThrow('RUNTIME_OPTION');
  });
});

describe('a program computes what the graph says', () => {
  /** Mean difference of logits between the program and the network in real numbers. */
  function difference(model: Model, seed: number): number {
    const { channels, frames } = inputOf(model.graph).attributes;
    const input = randomFrames(seed, frames, channels);
    const expected = plainNetwork(model, input);
    const { logits } = createSession(lower(model), { backend: 'reference' }).run(input);
    const differences = expected.flatMap((row, label) =>
      Array.from(row, (value, frame) => Math.abs(Math.max(-128, Math.min(127.99, value)) - logits[frame * expected.length + label]! / 256)),
    );
    return differences.reduce((sum, value) => sum + value, 0) / differences.length;
  }

  function differences(kind: 'float' | 'integer'): number[] {
    const found: number[] = [];
    for (let seed = 0; found.length < 200; seed++) {
      try {
        found.push(difference(randomModel(randomGraph(seed, kind), seed), seed));
      } catch (error) {
        if (!(error instanceof GraphError)) throw error;
      }
    }
    return found.sort((a, b) => a - b);
  }

  test('floats: to the resolution of logits', () => {
    expect(differences('float').at(-1)).toBeLessThan(2 ** -8);
  });

  test('integers: but for signs and roundings that 16 bits decide the other way', () => {
    const sorted = differences('integer');
    expect(sorted[Math.floor(0.9 * sorted.length)]).toBeLessThan(0.01);
    expect(sorted.at(-1)).toBeLessThan(1);
  });

  test('a binary block', () => {
    expect(difference(block(), 3)).toBeLessThan(0.05);
  });
});
