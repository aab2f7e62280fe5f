import { Random } from '@bitvox/ternary-prng';
import { describe, expect, it } from 'vitest';
import { batchNormTraining, prelu, runningStatistics } from '../ir/compose.ts';
import { add, multiply } from '../ir/ops/binary.ts';
import { conv } from '../ir/ops/conv.ts';
import { input, parameter, state } from '../ir/ops/leaf.ts';
import { reshape } from '../ir/ops/reshape.ts';
import { log, stopGradient } from '../ir/ops/unary.ts';
import { sum } from '../ir/ops/sum.ts';
import { buildStep } from '../ir/step.ts';
import type { CompiledStep, StepGraph } from '../ir/types.ts';
import { withLabel } from '../ir/value.ts';
import { crossEntropy } from '../losses/index.ts';
import { adam, optimizer, sgd } from '../optimizers/index.ts';
import { quantize, sign, xnor } from '../quantizers/index.ts';
import { referenceExecutor } from './reference.ts';

const code = (name: string): Error => expect.objectContaining({ code: name }) as unknown as Error;
const compile = (step: StepGraph): CompiledStep => referenceExecutor.compile(step) as CompiledStep;
const group = (...parameters: string[]) => ({ parameters, learningRateScale: 1, weightDecay: 0 });

/** A binary layer between a float one and scores, as small as it gets: [2 channels, 8 clips, 1, 4 frames] -> 3 classes. */
function network(): StepGraph {
  const x = input('x', [2, 8, 1, 4]);
  const targets = input('targets', [3, 8]);
  const first = batchNormTraining(conv(x, parameter('first', [6, 2, 1, 3]), { padding: [0, 0, 1, 1] }), parameter('gamma', [6]), parameter('beta', [6]), 1e-5);
  const hidden = prelu(first.output, parameter('slope', [1, 1, 1, 1]));
  const binary = conv(quantize(sign(), hidden), quantize(xnor(), parameter('second', [3, 6, 1, 1])));
  const logits = reshape(sum(binary, [3]), [3, 8]);
  const loss = crossEntropy(logits, targets);
  const running = state('running', [2, 6]);
  const names = ['first', 'gamma', 'beta', 'slope', 'second'];
  return buildStep({
    outputs: { loss, logits },
    stateUpdates: [{ state: running, value: runningStatistics(running, first.statistics, hidden.shape, 0.1) }],
    training: { loss, optimizer: optimizer(adam(), [group(...names)]) },
  });
}

describe('reference executor', () => {
  it('trains a small binary network', () => {
    const step = compile(network());
    const random = new Random(7);
    for (const [name, size, spread] of [
      ['first', 36, 0.5],
      ['second', 18, 0.3],
    ] as const) {
      step.write(
        `parameter/${name}`,
        Float32Array.from({ length: size }, () => spread * random.normal()),
      );
    }
    step.write('parameter/gamma', new Float32Array(6).fill(1));
    step.write('parameter/slope', Float32Array.of(0.25));
    const x = step.input('x').map(() => random.normal());
    step.input('x').set(x);
    for (let clip = 0; clip < 8; clip++) step.input('targets')[(clip % 3) * 8 + clip] = 1;
    const losses = Array.from({ length: 60 }, (_, at) => {
      void step.run({ learningRate: 0.02, step: at + 1 });
      return step.output('loss')[0]!;
    });
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    expect(step.read('state/running').some((value) => value !== 0)).toBe(true);
    expect(step.output('logits')).toHaveLength(24);
    expect(step.slots()).toContain('moment2/second');
  });

  it('writes states after everything has been computed', () => {
    const [a, b, p] = [state('a', [1]), state('b', [1]), parameter('p', [1])];
    const loss = sum(multiply(p, a));
    const step = compile(
      buildStep({
        outputs: { loss },
        stateUpdates: [
          { state: a, value: add(b, p) },
          { state: b, value: a },
        ],
        training: { loss, optimizer: optimizer(sgd(), [group('p')]) },
      }),
    );
    step.write('state/a', Float32Array.of(2));
    step.write('state/b', Float32Array.of(5));
    step.write('parameter/p', Float32Array.of(1));
    void step.run({ learningRate: 0.5, step: 1 });
    expect([...step.read('state/a'), ...step.read('state/b'), ...step.read('parameter/p'), ...step.output('loss')]).toEqual([6, 2, 0, 2]);
  });

  it('does not train a parameter without a group, and evaluates without an optimiser', () => {
    const [p, frozen] = [parameter('p', [1]), parameter('frozen', [1])];
    const loss = sum(multiply(p, frozen));
    const step = compile(buildStep({ outputs: { loss }, training: { loss, optimizer: optimizer(sgd(), [group('p')]) } }));
    step.write('parameter/p', Float32Array.of(3));
    step.write('parameter/frozen', Float32Array.of(2));
    void step.run({ learningRate: 1, step: 1 });
    expect([...step.read('parameter/p'), ...step.read('parameter/frozen')]).toEqual([1, 2]);
    const evaluation = buildStep({ outputs: { loss: stopGradient(loss) } });
    expect(evaluation.gradients).toEqual([]);
    expect(compile(evaluation).slots()).toEqual(['parameter/p', 'parameter/frozen']);
  });

  it('names the first value that was not finite, before the update spreads it', () => {
    const p = parameter('p', [1]);
    const root = withLabel('block1', () => log(p));
    const loss = withLabel('block2', () => sum(multiply(root, 2)));
    const step = compile(buildStep({ outputs: { loss }, training: { loss, optimizer: optimizer(sgd(), [group('p')]) } }));
    step.write('parameter/p', Float32Array.of(1));
    void step.run({ learningRate: 0, step: 1 });
    expect(step.firstNonFinite()).toBe(null);
    step.write('parameter/p', Float32Array.of(0));
    void step.run({ learningRate: 1, step: 2 });
    expect(step.read('parameter/p')[0]).toBe(-Infinity);
    expect(step.firstNonFinite()).toBe('block1 (log)');
  });

  it('refuses unknown names, wrong lengths, and use after disposal', () => {
    const step = compile(network());
    expect(() => step.input('y')).toThrow(code('TRAIN_NAME'));
    expect(() => step.output('loss')).toThrow(code('TRAIN_NAME'));
    expect(() => step.read('parameter/none')).toThrow(code('TRAIN_NAME'));
    expect(() => step.write('parameter/slope', new Float32Array(2))).toThrow(code('TRAIN_DATA'));
    expect(step.bytes).toBeGreaterThan(0);
    step.dispose();
    expect(() => step.read('parameter/slope')).toThrow(code('TRAIN_DISPOSED'));
  });

  it('refuses steps whose names or shapes do not fit', () => {
    const [p, twin, s] = [parameter('p', [1]), parameter('p', [1]), state('s', [2])];
    const training = (...names: string[]) => ({ loss: sum(p), optimizer: { rule: sgd(), groups: [group(...names)] } });
    expect(() => buildStep({ outputs: { sum: add(p, twin) } })).toThrow(code('TRAIN_NAME'));
    expect(() => buildStep({ outputs: {}, training: training('q') })).toThrow(code('TRAIN_NAME'));
    expect(() => buildStep({ outputs: {}, training: training('p', 'p') })).toThrow(code('TRAIN_NAME'));
    expect(() => buildStep({ outputs: {}, stateUpdates: [{ state: s, value: p }] })).toThrow(code('TRAIN_SHAPE'));
    expect(() => optimizer(sgd(), [group('p'), group('p')])).toThrow(code('TRAIN_NAME'));
    expect(() => optimizer(sgd(), [{ ...group('p'), weightDecay: -1 }])).toThrow(code('TRAIN_ATTRIBUTE'));
    expect(() => sgd({ nesterov: true })).toThrow(code('TRAIN_ATTRIBUTE'));
    expect(() => adam({ beta1: 1 })).toThrow(code('TRAIN_ATTRIBUTE'));
  });
});
