/** Networks that can be thinned, two-dimensional layers and what quantizers keep, inside a step. */
import { GraphBuilder } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { gradientError } from '../exec/finite-differences.ts';
import { referenceExecutor } from '../exec/reference.ts';
import { wasmExecutor } from '../exec/wasm/executor.ts';
import { disagreement, fillLeaves } from '../exec/wasm/testing/agreement.ts';
import { sizeOf } from '../ir/shape.ts';
import type { StepGraph, Value } from '../ir/types.ts';
import { topologicalOrder } from '../ir/value.ts';
import { optimizer, sgd } from '../optimizers/index.ts';
import { initialize } from './initialize.ts';
import type { Trainable } from './levels.ts';
import { buildNetworks } from './network.ts';
import { parameterGroups } from './parameter-groups.ts';
import { slotData, writeSlots } from './slots.ts';
import { calibrationStep, evaluationStep, LOGITS, LOSS, statisticsOutput, teacherStep, trainingStep } from './steps.ts';
import { featureName } from './teaching.ts';
import { type Precision, PRECISIONS, thinnable } from './testing/thinnable.ts';

const BATCH = 4;
const precisions = Object.keys(PRECISIONS) as Precision[];

/** Random numbers for every leaf: small ones, so that signs have gradients; positive where the statistics ask for it. */
function feeds(step: StepGraph, seed: number): Map<Value, Float64Array> {
  return new Map<Value, Float64Array>(
    [...step.parameters, ...step.states, ...step.inputs].map((value) => {
      const { name } = value.attributes;
      const random = new Random(seed, name);
      const positive = /gamma|statistics|alpha|scale/.test(name);
      const draw = (): number => (positive ? 0.6 + random.uniform() : name === 'progress' ? 0.5 : 0.5 * random.normal());
      const data = Float64Array.from({ length: sizeOf(value.shape) }, draw);
      if (name === 'targets') data.forEach((_, at) => (data[at] = Math.floor(at / BATCH) === at % 3 ? 1 : 0));
      return [value, data];
    }),
  );
}

const plain = (network: Trainable) => ({ batch: BATCH, optimizer: optimizer(sgd(), parameterGroups(network, 0)) });

function gradients(step: StepGraph, seed: number): Map<string, Float64Array> {
  const data = evaluate(step.gradients, feeds(step, seed));
  return new Map(step.parameters.map(({ attributes }, at) => [attributes.name, data[at]!]));
}

describe('levels', () => {
  test('float: the gradient of the common loss agrees with finite differences', () => {
    const { levels, leaves } = buildNetworks(thinnable('float'), { batch: 2, phase: 'training' });
    expect(levels.map(({ name }) => name)).toEqual(['1x', '0.5x']);
    const [full, thin] = levels.map(({ logits }) => logits) as [Value, Value];
    const parameters = topologicalOrder([full, thin]).filter(({ op }) => op === 'parameter') as Value<'parameter'>[];
    const random = new Random(1);
    const upstream = Float64Array.from({ length: 6 }, () => random.normal());
    const fed = new Map(
      topologicalOrder([full, thin])
        .filter(({ op }) => op === 'parameter' || op === 'input')
        .map((leaf) => [leaf, Float64Array.from({ length: sizeOf(leaf.shape) }, () => 0.3 + 0.5 * random.normal())]),
    );
    const some = parameters.filter(({ attributes }) => /front-[01]\/weight|block-1-memory\/weight|norm.*gamma|slope/.test(attributes.name));
    expect(some.length).toBeGreaterThan(12);
    for (const logits of [full, thin]) {
      const used = new Set(topologicalOrder([logits]));
      expect(
        gradientError(
          logits,
          some.filter((leaf) => used.has(leaf)),
          fed,
          upstream,
        ),
      ).toBeLessThan(1e-6);
    }
    expect(leaves.masks).toEqual([]);
  });

  test.each(precisions)('%s: loss and gradients are the weighted sums of those of each level', (precision) => {
    const levels = thinnable(precision);
    const together = trainingStep(levels, { ...plain(levels), levelWeights: [1, 0.25] });
    const apart = levels.map((level) => trainingStep([level], plain([level])));
    const lossOf = (step: StepGraph): number => evaluate([step.outputs[LOSS]!], feeds(step, 3))[0]![0]!;
    expect(lossOf(together)).toBeCloseTo(lossOf(apart[0]!) + 0.25 * lossOf(apart[1]!), 10);
    const [full, thin] = apart.map((step) => gradients(step, 3)) as [Map<string, Float64Array>, Map<string, Float64Array>];
    for (const [name, sum] of gradients(together, 3)) {
      sum.forEach((value, at) => expect(value).toBeCloseTo((full.get(name)?.[at] ?? 0) + 0.25 * (thin.get(name)?.[at] ?? 0), 9));
    }
  });

  test('what levels have in common is computed once', () => {
    const levels = thinnable('dual-scale');
    const { outputs } = trainingStep(levels, plain(levels));
    const convolutions = topologicalOrder(Object.values(outputs)).filter(({ op }) => op === 'conv');
    // Two in front and the linear layer once, three of the first block, three and a classifier at each level.
    expect(convolutions.length).toBe(3 + 3 + 2 * 4);
  });

  test('shared running statistics move level by level, those of the common front end once', () => {
    const levels = thinnable('dual-scale');
    const step = trainingStep(levels, plain(levels));
    const fed = feeds(step, 5);
    const moved = new Map(step.stateUpdates.map(({ state, value }) => [state.attributes.name, evaluate([value], fed)[0]!]));
    const collected = levels.map((level) => {
      const calibration = calibrationStep([level], BATCH);
      const names = Object.keys(calibration.outputs);
      const numbers = evaluate(Object.values(calibration.outputs), feeds(calibration, 5));
      return new Map(names.map((name, at) => [name, numbers[at]!]));
    });
    const both = calibrationStep(levels, BATCH);
    for (const { attributes, shape } of step.states) {
      const { name } = attributes;
      const node = name.slice(0, -'/statistics'.length);
      const ofLevels = collected.flatMap((numbers) => numbers.get(statisticsOutput(node)) ?? []);
      const distinct = node.startsWith('front') ? ofLevels.slice(0, 1) : ofLevels;
      const [before] = [...fed].find(([leaf]) => leaf.op === 'state' && (leaf as Value<'state'>).attributes.name === name)!.slice(1) as [Float64Array];
      for (let at = 0; at < sizeOf(shape); at++) {
        const wanted = distinct.reduce((running, newest) => 0.9 * running + 0.1 * newest[at]!, before[at]!);
        expect(moved.get(name)![at]).toBeCloseTo(wanted, 10);
        const [average] = evaluate([both.outputs[statisticsOutput(node)]!], feeds(both, 5)) as [Float64Array];
        expect(average[at]).toBeCloseTo(
          distinct.reduce((sum, newest) => sum + newest[at]! / distinct.length, 0),
          10,
        );
      }
    }
    expect(step.states.map(({ attributes }) => attributes.name)).toContain('block-1-memory/statistics');
  });

  test.each(precisions)('%s: WebAssembly agrees with the reference', async (precision) => {
    const levels = thinnable(precision);
    const description = trainingStep(levels, { ...plain(levels), batch: 24 });
    const [reference, wasm] = await Promise.all([referenceExecutor, wasmExecutor({ poison: true })].map((executor) => executor.compile(description)));
    fillLeaves([reference!, wasm!], description, 2);
    // Initial weights: with larger ones a channel of bits can be the same for all clips, and its batch norm nothing but rounding errors.
    for (const step of [reference!, wasm!]) {
      writeSlots(step, slotData(levels, initialize(levels, 1)));
      step.input('targets').forEach((_, at, targets) => (targets[at] = Math.floor(at / 24) === at % 3 ? 1 : 0));
      await step.run({ learningRate: 0.1, step: 1 });
    }
    for (const slot of reference!.slots()) {
      const [wanted, got] = [reference!.read(slot), wasm!.read(slot)];
      got.forEach((value, at) => expect([slot, Math.abs(value - wanted[at]!) / (1 + Math.abs(wanted[at]!)) < 2e-4]).toEqual([slot, true]));
    }
    expect(wasm!.output(LOSS)[0]).toBeCloseTo(reference!.output(LOSS)[0]!, 4);
    for (const { graph } of levels) expect(await disagreement(evaluationStep(graph, BATCH))).toBeNull();
  });
});

test('conv2d: rows of a plane are neighbouring channels, before and after', () => {
  const builder = new GraphBuilder('layer');
  const input = builder.input({ channels: 6, frames: 3, scale: 1 });
  const first = builder.conv2d(input, { channels: 2, height: 3, kernel: [2, 2], bias: true }, 'first');
  builder.conv1d(first, { channels: 2, kernel: 2 }, 'last');
  const step = evaluationStep(builder.build(), 2);
  const fed = feeds(step, 4);
  const data = (name: string): Float64Array => [...fed].find(([leaf]) => (leaf as Value<'input'>).attributes.name === name)![1];
  const [inputs, weight, bias, last] = [data('inputs'), data('first/weight'), data('first/bias'), data('last/weight')];
  const [logits] = evaluate([step.outputs[LOGITS]!], fed) as [Float64Array];
  for (let clip = 0; clip < 2; clip++) {
    // [plane * 2 + row][frame]
    const inner = Array.from({ length: 4 }, (_, channel) =>
      [0, 1].map((frame) => {
        const [output, row] = [channel >> 1, channel & 1];
        let total = bias[output]!;
        for (let plane = 0; plane < 2; plane++)
          for (let j = 0; j < 2; j++)
            for (let k = 0; k < 2; k++) total += weight[((output * 2 + plane) * 2 + j) * 2 + k]! * inputs[((plane * 3 + row + j) * 2 + clip) * 3 + frame + k]!;
        return total;
      }),
    );
    for (let label = 0; label < 2; label++) {
      let wanted = 0;
      for (let channel = 0; channel < 4; channel++) for (let k = 0; k < 2; k++) wanted += last[(label * 4 + channel) * 2 + k]! * inner[channel]![k]!;
      expect(logits[label * 2 + clip]).toBeCloseTo(wanted, 10);
    }
  }
});

describe('teachers', () => {
  const nodes = ['block-0', 'block-1'];

  test('a student that is its own teacher pays nothing but for the details that are enhanced', () => {
    const levels = thinnable('float');
    const [{ graph }] = levels;
    const bare = trainingStep(graph, plain(graph));
    const lossWith = (features: 'enhanced' | 'independent'): number => {
      const distilled = trainingStep(graph, { ...plain(graph), distillation: { features, weight: 10, nodes, logits: true } });
      const teacher = buildNetworks(graph, { batch: BATCH, phase: 'training' }).levels[0]!;
      const own = [...nodes.map((node) => [featureName(node), teacher.values.get(node)!] as const), ['teacher-logits', teacher.logits] as const];
      const leaves = topologicalOrder(own.map(([, value]) => value));
      const named = new Map([...feeds(bare, 6)].map(([leaf, data]) => [(leaf as Value<'input'>).attributes.name, data]));
      const teacherData = evaluate(
        own.map(([, value]) => value),
        new Map(
          leaves.flatMap((leaf) => (named.has((leaf as Value<'input'>).attributes.name) ? [[leaf, named.get((leaf as Value<'input'>).attributes.name)!]] : [])),
        ),
      );
      const fed = feeds(distilled, 6);
      for (const [leaf] of fed) {
        const at = own.findIndex(([name]) => name === (leaf as Value<'input'>).attributes.name);
        if (at >= 0) fed.set(leaf, teacherData[at]!);
      }
      return evaluate([distilled.outputs[LOSS]!], fed)[0]![0]!;
    };
    const alone = evaluate([bare.outputs[LOSS]!], feeds(bare, 6))[0]![0]!;
    expect(lossWith('independent')).toBeCloseTo(alone, 4);
    expect(lossWith('enhanced')).toBeGreaterThan(alone + 0.1);
  });

  test('only the blocks that a level runs are compared there', () => {
    const levels = thinnable('sign');
    const distillation = { features: 'independent', weight: 0.01, nodes } as const;
    const inputs = (network: Trainable): string[] =>
      trainingStep(network, { ...plain(network), distillation })
        .inputs.map(({ attributes }) => attributes.name)
        .filter((name) => name.startsWith('teacher'));
    expect(inputs(levels).toSorted()).toEqual(nodes.map(featureName));
    expect(inputs([levels[1]])).toEqual([featureName('block-1')]);
  });

  test('a teacher hands over its features, evaluated or as if it were trained', () => {
    const [{ graph }] = thinnable('float');
    const evaluated = teacherStep(graph, { batch: BATCH, features: nodes });
    const quirk = teacherStep(graph, { batch: BATCH, features: nodes, batchStatistics: true });
    expect(Object.keys(evaluated.outputs)).toEqual([LOGITS, ...nodes.map(featureName)]);
    expect(evaluated.outputs[featureName('block-1')]!.shape).toEqual([8, BATCH, 1, 4]);
    expect(evaluated.states.length).toBeGreaterThan(0);
    expect(quirk.states).toEqual([]);
  });
});
