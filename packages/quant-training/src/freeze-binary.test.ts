/** Frozen 1-bit layers, computed from nothing but the frozen tensors, give what the fake-quantised layer of training gives. */
import { type Graph, GraphBuilder, type QuantizerTag, type Tensor } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';
import { referenceExecutor } from './exec/reference.ts';
import { freeze } from './freeze.ts';
import { initialize } from './network/initialize.ts';
import { PRECISIONS, type Precision, thinnable, THINNABLE } from './network/testing/thinnable.ts';
import { createPredictor } from './trainer/predictor.ts';

type Frozen = ReadonlyMap<string, Tensor>;
type Signal = readonly (readonly number[])[];
type Node = Graph['nodes'][number];

const numbers = (frozen: Frozen, key: string): number[] | undefined => (frozen.has(key) ? [...frozen.get(key)!.data] : undefined);
const sign = (x: number): number => (x >= 0 ? 1 : -1);

/** Both binary terms of what a layer reads; the second is 0 for quantizers with one term. */
function terms(frozen: Frozen, { name }: Node, tag: QuantizerTag, planeOf: (channel: number) => number, x: Signal): [number, number][][] {
  const [theta0, theta1] = ['theta-0', 'theta-1'].map((role) => numbers(frozen, `${name}/${role}`));
  const offset = numbers(frozen, `${name}/activation-offset`);
  return x.map((row, channel) =>
    row.map((value) => {
      const plane = planeOf(channel);
      if (tag.name !== 'dual-scale') return [sign(value + (offset?.[plane] ?? 0)), 0];
      const first = sign(value - theta0![plane]!);
      return [first, value - first - theta1![plane]!];
    }),
  );
}

/** One layer with weights from frozen tensors: `factor * (sum w b1 + s2 * sum w b2) + bias`. */
function layer(frozen: Frozen, node: Node, x: Signal): number[][] {
  if (node.op !== 'conv1d' && node.op !== 'conv2d' && node.op !== 'depthwise-conv1d') throw new RangeError(node.op);
  const { name, attributes } = node;
  const weight = frozen.get(`${name}/weight`)!;
  const [outputs, depth, ...kernel] = weight.shape as [number, number, ...number[]];
  const [rows, taps] = kernel.length === 2 ? (kernel as [number, number]) : [1, kernel[0]!];
  const height = node.op === 'conv2d' ? node.attributes.height : 1;
  const stride = node.op === 'conv2d' ? node.attributes.stride : [1, node.attributes.stride];
  const padding = node.op === 'conv2d' ? node.attributes.padding : [0, 0, ...node.attributes.padding];
  const rowBytes = Math.ceil((depth * rows * taps) / 8);
  const weightAt = (output: number, column: number): number =>
    weight.type === 'b1'
      ? ((weight.data[output * rowBytes + (column >> 3)]! >> (column & 7)) & 1) === 1
        ? 1
        : -1
      : weight.data[output * depth * rows * taps + column]!;
  const frames = x[0]!.length;
  const isDepthwise = node.op === 'depthwise-conv1d';
  const tag = attributes.activations;
  const quantised = attributes.paddingValue === 'quantized';
  const padded = quantised ? x.map((row) => [...Array.from({ length: padding[2]! }, () => 0), ...row, ...Array.from({ length: padding[3]! }, () => 0)]) : x;
  const left = quantised ? 0 : padding[2]!;
  const both =
    tag === null
      ? padded.map((row) => row.map((value): [number, number] => [value, 0]))
      : terms(frozen, node, tag, (channel) => Math.floor(channel / height), padded);
  const kept = numbers(frozen, `${name}/residual-scale`);
  const scaleAt = (channel: number, frame: number): number =>
    kept === undefined ? both.reduce((total, row) => total + Math.abs(row[frame]![1]), 0) / both.length : kept[kept.length === 1 ? 0 : channel]!;
  const factors = numbers(frozen, `${name}/scale`);
  const bias = numbers(frozen, `${name}/bias`);
  const outputRows = node.shape.channels / outputs;
  return Array.from({ length: node.shape.channels }, (_, channel) =>
    Array.from({ length: node.shape.frames }, (_frame, frame) => {
      const [output, row] = [Math.floor(channel / outputRows), channel % outputRows];
      let total = 0;
      for (let input = 0; input < depth; input++)
        for (let j = 0; j < rows; j++)
          for (let k = 0; k < taps; k++) {
            const [at, time] = [row * stride[0]! + j - padding[0]!, frame * stride[1]! + k - left];
            if (at < 0 || at >= height || time < 0 || time >= (quantised ? padded[0]!.length : frames)) continue;
            const source = isDepthwise ? output : input * height + at;
            const [first, residual] = both[source]![time]!;
            const second = tag?.name === 'dual-scale' ? scaleAt(source, time) * sign(residual) : residual;
            total += weightAt(output, (input * rows + j) * taps + k) * (first + second);
          }
      return total * (factors?.[output] ?? 1) + (bias?.[output] ?? 0);
    }),
  );
}

/** The logits of a frozen network for one clip. */
function run(graph: Graph, frozen: Frozen, clip: Signal): number[] {
  const values = new Map<string, Signal>();
  for (const node of graph.nodes) {
    const [a, b] = node.inputs.map((name) => values.get(name)!);
    const affine = (role: string, channel: number): number =>
      frozen.get(`${node.name}/${role}`)!.data[Math.floor(channel / (node.op === 'batch-norm' ? node.attributes.height : 1))]!;
    const compute = (): Signal => {
      switch (node.op) {
        case 'input':
          return clip;
        case 'batch-norm':
          return a!.map((row, channel) => row.map((value) => value * affine('multiplier', channel) + affine('offset', channel)));
        case 'prelu':
          return a!.map((row) => row.map((value) => (value > 0 ? value : value * affine('slope', 0))));
        case 'add':
          return a!.map((row, channel) => row.map((value, frame) => value + b![channel]![frame]!));
        case 'softmax':
          return a!;
        default:
          return layer(frozen, node, a!);
      }
    };
    values.set(node.name, compute());
  }
  return values.get(graph.nodes.at(-1)!.name)!.map(([logit]) => logit!);
}

/** Tensors as after training: nothing is at its initial value. */
function trained(network: Parameters<typeof initialize>[0]): Map<string, Tensor> {
  return new Map(
    [...initialize(network, 1)].map(([key, tensor]) => {
      const random = new Random(2, key);
      const positive = /variance|scale|alpha/.test(key);
      return [key, { ...tensor, data: tensor.data.map(() => (positive ? 0.5 + random.uniform() : 0.6 * random.normal())) }];
    }),
  );
}

test.each(Object.keys(PRECISIONS) as Precision[])('%s: every level computes the same from frozen tensors', async (precision) => {
  const levels = thinnable(precision);
  const tensors = trained(levels);
  const frozen = freeze(levels, tensors);
  const random = new Random(4);
  for (const { graph } of levels) {
    const predictor = await createPredictor(graph, tensors, { executor: referenceExecutor, batch: 1 });
    for (let clip = 0; clip < 4; clip++) {
      const inputs = Float32Array.from({ length: THINNABLE.channels * THINNABLE.frames }, () => random.normal());
      const rows = Array.from({ length: THINNABLE.channels }, (_, channel) => [
        ...inputs.subarray(channel * THINNABLE.frames, (channel + 1) * THINNABLE.frames),
      ]);
      const logits = await predictor.predict(inputs, 1);
      run(graph, frozen, rows).forEach((logit, label) => expect(logit).toBeCloseTo(logits[label]!, 4));
    }
  }
});

test('a layer that no batch norm follows keeps a bias for what its thresholds subtract', () => {
  const builder = new GraphBuilder('bare');
  const input = builder.input({ channels: 3, frames: 1, scale: 1 });
  builder.conv1d(input, { channels: 2, ...PRECISIONS['dual-scale'] }, 'layer');
  const graph = builder.build();
  const tensors = trained(graph);
  const frozen = freeze(graph, tensors);
  expect([...frozen.keys()]).toEqual(['layer/weight', 'layer/scale', 'layer/bias', 'layer/theta-0', 'layer/theta-1']);
  const theta = tensors.get('layer/theta-2')!.data;
  const weight = tensors.get('layer/weight')!.data;
  const wanted = [0, 1].map(
    (output) => -frozen.get('layer/scale')!.data[output]! * [0, 1, 2].reduce((sum, input) => sum + sign(weight[output * 3 + input]!) * theta[input]!, 0),
  );
  frozen.get('layer/bias')!.data.forEach((value, output) => expect(value).toBeCloseTo(wanted[output]!, 6));
});

test('what has no deployed form is refused by name', () => {
  const frozenWith = (weights: QuantizerTag, activations: QuantizerTag): unknown => {
    const builder = new GraphBuilder('bare');
    builder.conv1d(builder.input({ channels: 3, frames: 1, scale: 1 }), { channels: 2, weights, activations }, 'layer');
    const graph = builder.build();
    return freeze(graph, trained(graph));
  };
  const { weights, activations } = PRECISIONS['dual-scale'];
  for (const name of ['lpb-released', 'xnor-centred-released'])
    expect(() => frozenWith({ name, bits: 1 }, activations)).toThrow(
      expect.objectContaining({ code: 'TRAIN_QUANTIZER', message: expect.stringContaining(name) }),
    );
  expect(() => frozenWith(weights, { ...activations, name: 'dual-scale-faithful' })).toThrow(
    expect.objectContaining({ code: 'TRAIN_QUANTIZER', message: expect.stringContaining('dual-scale-faithful') }),
  );
});
