import { checkModel, type Graph, GraphBuilder, summarize, type Tensor, tensorBytes } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from './exec/evaluate.ts';
import { referenceExecutor } from './exec/reference.ts';
import { freeze, packBits } from './freeze.ts';
import { conv } from './ir/ops/conv.ts';
import { constant } from './ir/ops/leaf.ts';
import { initialize } from './network/initialize.ts';
import { quantize, weightQuantizer, type WeightQuantizerName } from './quantizers/index.ts';
import { createPredictor } from './trainer/predictor.ts';

const BINARY = { weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } } as const;
const EIGHT = { weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range: 4 } } as const;

/** Layers whose factors fold into a batch norm, one of them with a bias, and one without a batch norm. */
function network(): Graph {
  const builder = new GraphBuilder('test');
  const input = builder.input({ channels: 5, frames: 4, scale: 2 ** -6 });
  const front = builder.batchNorm(builder.conv1d(input, { channels: 3, kernel: 2, ...EIGHT }, 'front'), 'front-norm');
  const inner = builder.batchNorm(builder.conv1d(front, { channels: 7, bias: true, ...BINARY }, 'inner'), 'inner-norm');
  const memory = builder.batchNorm(builder.depthwiseConv1d(builder.prelu(inner, 'prelu'), { kernel: 3, ...BINARY }, 'memory'), 'memory-norm');
  builder.linear(memory, { channels: 2, bias: true, ...EIGHT }, 'last');
  return builder.build();
}

/** Tensors as after training: nothing is at its initial value. */
function trained(graph: Graph, seed: number): Map<string, Tensor> {
  const random = new Random(seed);
  return new Map(
    [...initialize(graph, seed)].map(([key, tensor]) => {
      const draw = (): number => (key.endsWith('/variance') ? 0.5 + random.uniform() : 0.7 * random.normal());
      return [key, { ...tensor, data: Float32Array.from({ length: tensor.data.length }, draw) }];
    }),
  );
}

function bitOf({ shape, data }: Tensor, row: number, column: number): number {
  const rowBytes = Math.ceil(shape.slice(1).reduce((product, size) => product * size, 1) / 8);
  return (data[row * rowBytes + (column >> 3)]! >> (column & 7)) & 1;
}

test('every frozen weight times its factor is the weight of the forward pass', () => {
  const names: readonly [WeightQuantizerName, number][] = [
    ['xnor', 1],
    ['xnor-centred', 1],
    ['dorefa', 1],
    ['dorefa', 4],
    ['ternary', 2],
    ['int8-weights', 8],
  ];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 20 }), fc.nat(), ([name, bits], rows, columns, seed) => {
      const random = new Random(seed);
      const weights = Float32Array.from({ length: rows * columns }, () => 0.5 * random.normal());
      const quantizer = weightQuantizer(name, { bits });
      const shape = [rows, columns];
      const [forward] = evaluate([quantize(quantizer, constant(weights, shape))], new Map()) as [Float64Array];
      const { integers, scales } = quantizer.integers(weights, shape);
      // Centred weights are differences: their rounding is that of the largest number on the way.
      const rounding = 2e-7 * [...weights, ...forward].reduce((largest, number) => Math.max(largest, Math.abs(number)), 0);
      forward.forEach((weight, at) => expect(Math.abs(weight - integers[at]! * scales[Math.floor(at / columns)]!)).toBeLessThanOrEqual(rounding));
    }),
    {
      numRuns: 60,
      examples: [
        [['xnor-centred', 1], 2, 1, 2099121468],
        [['dorefa', 4], 1, 1, 515967340],
      ],
    },
  );
});

describe('freeze', () => {
  const graph = network();
  const tensors = trained(graph, 1);
  const frozen = freeze(graph, tensors);

  test('gives exactly the tensors of a deployed model, in the size that the summary announces', () => {
    checkModel({ graph, tensors: frozen, labels: ['a', 'b'], features: {}, decision: { smoothing: 0, thresholds: {}, refractory: 0 }, training: {} });
    expect([...frozen].map(([key, { type }]) => `${key}:${type}`)).toEqual([
      'front/weight:i8',
      'front-norm/multiplier:f32',
      'front-norm/offset:f32',
      'inner/weight:b1',
      'inner-norm/multiplier:f32',
      'inner-norm/offset:f32',
      'prelu/slope:f32',
      'memory/weight:b1',
      'memory-norm/multiplier:f32',
      'memory-norm/offset:f32',
      'last/weight:i8',
      'last/scale:f32',
      'last/bias:f32',
    ]);
    expect([...frozen.values()].reduce((total, { type, shape }) => total + tensorBytes(type, shape), 0)).toBe(summarize(graph).bytes);
  });

  test('packs a bit 1 for every weight of at least 0', () => {
    for (const key of ['inner/weight', 'memory/weight']) {
      const { shape, data } = tensors.get(key)!;
      const columns = data.length / shape[0]!;
      data.forEach((weight, at) => expect(bitOf(frozen.get(key)!, Math.floor(at / columns), at % columns)).toBe(weight >= 0 ? 1 : 0));
    }
    expect([...packBits(Int8Array.of(1, -1, -1, 1, 1, 1, -1, -1, 1, /* next row */ -1, 1, -1, -1, -1, -1, -1, -1, 1), [2, 9])]).toEqual([
      0b00111001, 1, 0b00000010, 1,
    ]);
  });

  test('a network put together from frozen numbers gives the logits of the trained one', async () => {
    const random = new Random(2);
    const inputs = Float32Array.from({ length: 5 * 4 }, () => random.normal());
    const logits = await (await createPredictor(graph, tensors, { executor: referenceExecutor, batch: 1 })).predict(inputs, 1);
    const numbers = (key: string): number[] => [...frozen.get(key)!.data];
    const multiply = (x: readonly number[], multiplier: readonly number[], offset: readonly number[]): number[] =>
      x.map((value, at) => {
        const channel = Math.floor((at * multiplier.length) / x.length);
        return value * multiplier[channel]! + offset[channel]!;
      });
    const convolve = (key: string, x: readonly number[], channels: number, groups = 1): number[] => {
      const {
        type,
        shape: [rows, depth, taps = 1],
        data,
      } = frozen.get(key)! as Tensor & { shape: [number, number, number?] };
      const weights = Float32Array.from({ length: rows * depth * taps }, (_, at) =>
        type === 'b1' ? 2 * bitOf(frozen.get(key)!, Math.floor(at / (depth * taps)), at % (depth * taps)) - 1 : data[at]!,
      );
      const clip = constant(Float32Array.from(x), [channels, 1, 1, x.length / channels]);
      return [...evaluate([conv(clip, constant(weights, [rows, depth, 1, taps]), { groups })], new Map())[0]!];
    };
    const sign = (x: readonly number[]): number[] => x.map((value) => (value >= 0 ? 1 : -1));
    const eight = (x: readonly number[]): number[] => x.map((value) => Math.min(Math.max(Math.floor(value * 32 + 0.5), -128), 127) / 32);
    const norm = (x: readonly number[], name: string): number[] => multiply(x, numbers(`${name}/multiplier`), numbers(`${name}/offset`));

    const front = norm(convolve('front/weight', eight([...inputs]), 5), 'front-norm');
    const inner = norm(convolve('inner/weight', sign(front), 3), 'inner-norm');
    const leaked = inner.map((value) => (value >= 0 ? value : value * frozen.get('prelu/slope')!.data[0]!));
    const memory = norm(convolve('memory/weight', sign(leaked), 7, 7), 'memory-norm');
    const last = multiply(convolve('last/weight', eight(memory), 7), numbers('last/scale'), numbers('last/bias'));
    last.forEach((logit, at) => expect(logit).toBeCloseTo(logits[at]!, 5));
  });

  test('refuses what is frozen already', () => {
    expect(() => freeze(graph, frozen)).toThrow(expect.objectContaining({ code: 'TRAIN_TENSOR' }));
  });
});
