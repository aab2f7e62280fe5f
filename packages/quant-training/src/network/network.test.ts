import { type Graph, GraphBuilder } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { sizeOf } from '../ir/shape.ts';
import type { StepGraph, Value } from '../ir/types.ts';
import { adam, optimizer } from '../optimizers/index.ts';
import { initialize } from './initialize.ts';
import { parameterGroups } from './parameter-groups.ts';
import { slotData } from './slots.ts';
import { calibrationStep, evaluationStep, LOGITS, LOSS, trainingStep } from './steps.ts';

const BATCH = 3;

/** Every operation of the graph package once, with quantizers inside if `bits` is 1. */
function network(bits: 1 | 32): Graph {
  const binary = bits === 1 ? ({ weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } } as const) : {};
  const builder = new GraphBuilder('test');
  const input = builder.input({ channels: 3, frames: 11, scale: 2 ** -6 });
  const front = builder.relu(builder.batchNorm(builder.conv1d(input, { channels: 4, kernel: 3, stride: 2, bias: true }, 'front'), 'front-norm'));
  const memory = builder.depthwiseConv1d(front, { kernel: 3, dilation: 1, padding: [2, 0], ...binary }, 'memory');
  const block = builder.add(builder.prelu(builder.batchNorm(memory, 'memory-norm'), 'memory-prelu'), front);
  const project = builder.batchNorm(builder.conv1d(block, { channels: 5, ...binary }, 'project'), 'project-norm');
  const pooled = builder.meanPool(builder.meanPool(project, 2), 4);
  builder.softmax(builder.linear(builder.dropout(pooled, 0.25, 'drop'), { channels: 3 }, 'classifier'));
  return builder.build();
}

function feeds(graph: Graph, step: StepGraph): Map<Value, Float64Array> {
  const slots = slotData(graph, initialize(graph, 5));
  const random = new Random(6);
  const targets = Float64Array.from({ length: 3 * BATCH }, (_, at) => (Math.floor(at / BATCH) === at % BATCH ? 1 : 0));
  return new Map<Value, Float64Array>([
    ...[...step.parameters, ...step.states].map((value) => [value, Float64Array.from(slots.get(`${value.op}/${value.attributes.name}`)!)] as const),
    ...step.inputs.map((value) => {
      const { name } = value.attributes;
      const draw = (): number => (name.endsWith('/mask') ? (random.uniform() < 0.25 ? 0 : 1 / 0.75) : random.normal());
      return [value, name === 'targets' ? targets : Float64Array.from({ length: sizeOf(value.shape) }, draw)] as const;
    }),
  ]);
}

function training(graph: Graph): StepGraph {
  return trainingStep(graph, { batch: BATCH, optimizer: optimizer(adam(), parameterGroups(graph, 0)), labelSmoothing: 0.1 });
}

/** Largest difference between the gradient of a parameter and central differences of the loss, over a few of its elements. */
function gradientError(graph: Graph, name: string): number {
  const step = training(graph);
  const fed = feeds(graph, step);
  const at = step.parameters.findIndex(({ attributes }) => attributes.name === name);
  const [gradient] = evaluate([step.gradients[at]!], fed) as [Float64Array];
  const data = fed.get(step.parameters[at]!)!;
  return Math.max(
    ...Array.from({ length: Math.min(data.length, 8) }, (_, element) => {
      const lossAt = (offset: number): number => {
        const moved = data.slice();
        moved[element]! += offset;
        return evaluate([step.outputs[LOSS]!], new Map([...fed, [step.parameters[at]!, moved]]))[0]![0]!;
      };
      return Math.abs(gradient[element]! - (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5);
    }),
  );
}

describe('gradients of a whole network', () => {
  test('float: every parameter', () => {
    const graph = network(32);
    const wrong = training(graph).parameters.filter(({ attributes }) => !(gradientError(graph, attributes.name) < 1e-7));
    expect(wrong.map(({ attributes }) => attributes.name)).toEqual([]);
  });

  test('binary: every parameter behind the last sign', () => {
    const graph = network(1);
    const behind = ['project-norm/gamma', 'project-norm/beta', 'classifier/weight', 'classifier/bias'];
    expect(behind.filter((name) => !(gradientError(graph, name) < 1e-7))).toEqual([]);
  });

  test('binary: a gradient reaches every parameter in front', () => {
    const graph = network(1);
    const step = training(graph);
    const fed = feeds(graph, step);
    const unreached = step.parameters.filter((_, at) => evaluate([step.gradients[at]!], fed)[0]!.every((slope) => slope === 0));
    expect(unreached.map(({ attributes }) => attributes.name)).toEqual([]);
  });
});

describe('phases', () => {
  const graph = network(32);

  test('training moves the running statistics towards those of calibration by the momentum', () => {
    const step = training(graph);
    const fed = feeds(graph, step);
    const calibration = calibrationStep(graph, BATCH);
    const inputs = new Map(step.inputs.map((value) => [value.attributes.name, fed.get(value)!]));
    const name = 'front-norm';
    const fedAgain = new Map([...feeds(graph, calibration), ...calibration.inputs.map((value) => [value, inputs.get(value.attributes.name)!] as const)]);
    const [measured] = evaluate([calibration.outputs[`statistics/${name}`]!], fedAgain) as [Float64Array];
    const update = step.stateUpdates.find(({ state }) => state.attributes.name === `${name}/statistics`)!;
    const [moved] = evaluate([update.value], fed) as [Float64Array];
    for (let channel = 0; channel < 4; channel++) {
      expect(moved[channel]).toBeCloseTo(0.1 * measured[channel]!, 12);
      expect(moved[4 + channel]).toBeCloseTo(0.9 + 0.1 * measured[4 + channel]!, 12);
    }
  });

  test('evaluation needs no masks and treats clips apart', () => {
    const step = evaluationStep(graph, BATCH);
    expect(step.inputs.map(({ attributes }) => attributes.name)).toEqual(['inputs']);
    const fed = feeds(graph, step);
    const [logits] = evaluate([step.outputs[LOGITS]!], fed) as [Float64Array];
    const input = step.inputs[0]!;
    const changed = fed.get(input)!.map((value, at) => (Math.floor(at / 11) % BATCH === 1 ? 0 : value));
    const [others] = evaluate([step.outputs[LOGITS]!], new Map([...fed, [input, changed]])) as [Float64Array];
    expect([...logits].map((logit, at) => logit !== others[at])).toEqual([...logits].map((_, at) => at % BATCH === 1));
  });

  test('what cannot be trained is refused with its reason', () => {
    const builder = new GraphBuilder('frames');
    builder.conv1d(builder.input({ channels: 2, frames: 4, scale: 1 }), { channels: 2 }, 'scores');
    expect(() => evaluationStep(builder.build(), 1)).toThrow(
      expect.objectContaining({ code: 'TRAIN_NETWORK', message: expect.stringContaining('"scores" has 4 frames') }),
    );
    const unknown = new GraphBuilder('unknown');
    unknown.conv1d(unknown.input({ channels: 2, frames: 1, scale: 1 }), { channels: 2, weights: { name: 'magic', bits: 1 } });
    expect(() => evaluationStep(unknown.build(), 1)).toThrow(expect.objectContaining({ code: 'TRAIN_QUANTIZER' }));
    expect(() => trainingStep(network(32), { batch: 1.5, optimizer: optimizer(adam(), []) })).toThrow(expect.objectContaining({ code: 'TRAIN_RECIPE' }));
  });
});
