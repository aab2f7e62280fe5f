import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePool, mean, perChannel, square } from '../../ir/compose.ts';
import { add, multiply, subtract } from '../../ir/ops/binary.ts';
import { broadcast } from '../../ir/ops/sum.ts';
import { concat } from '../../ir/ops/concat.ts';
import { conv } from '../../ir/ops/conv.ts';
import { input, parameter, state } from '../../ir/ops/leaf.ts';
import { matmul } from '../../ir/ops/matmul.ts';
import { maxPool } from '../../ir/ops/max-pool.ts';
import { reduceMaximum } from '../../ir/ops/reduce-maximum.ts';
import { pad, slice } from '../../ir/ops/slice.ts';
import { sum } from '../../ir/ops/sum.ts';
import { transpose } from '../../ir/ops/transpose.ts';
import { exp, log, sigmoid, tanh } from '../../ir/ops/unary.ts';
import { buildStep } from '../../ir/step.ts';
import type { OptimizerRule } from '../../ir/types.ts';
import { adam, adamw, novograd, optimizer, sgd } from '../../optimizers/index.ts';
import { disagreement } from './testing/agreement.ts';
import { quantizedNetwork, randomStep, trainingStepOf } from './testing/networks.ts';

/** The same cases every time: what they find does not depend on the day. */
const SEED = 2024;

describe('WebAssembly executor against the reference, temporaries poisoned', () => {
  it('elementwise operations with broadcasting', async () => {
    const x = input('x', [5, 3, 1, 9]);
    const y = add(multiply(tanh(x), perChannel(parameter('p', [5]), 4)), sigmoid(multiply(x, parameter('q', [3, 1, 1]))));
    const z = log(add(exp(subtract(y, x)), 1));
    expect(await disagreement(trainingStepOf({ y, z }, mean(square(z)), ['p', 'q']))).toBeNull();
  });

  it('matrix products of any size, either operand transposed', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.oneof(size, fc.integer({ min: 500, max: 1100 })), fc.boolean(), fc.boolean(), async (m, n, k, transposeA, transposeB) => {
        const a = parameter('a', transposeA ? [k, m] : [m, k]);
        const b = parameter('b', transposeB ? [n, k] : [k, n]);
        const c = matmul(a, b, { transposeA, transposeB });
        expect(await disagreement(trainingStepOf({ c }, mean(square(tanh(c))), ['a', 'b']), { tolerance: 1e-3 })).toBeNull();
      }),
      { numRuns: 40, seed: SEED },
    );
  });

  const axis = fc
    .record({
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      more: fc.integer({ min: 0, max: 30 }),
    })
    .chain((fixed) => {
      const reach = (fixed.kernel - 1) * fixed.dilation;
      return fc.record({ before: fc.integer({ min: 0, max: reach + 1 }), after: fc.integer({ min: 0, max: reach + 1 }) }).map((padding) => ({
        ...fixed,
        ...padding,
        size: Math.max(1, reach + 1 - padding.before - padding.after) + fixed.more,
      }));
    });
  const channels = fc.oneof(
    fc.record({ groups: fc.integer({ min: 1, max: 3 }), inputs: fc.integer({ min: 1, max: 4 }), outputs: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ groups: fc.integer({ min: 1, max: 6 }), inputs: fc.constant(1), outputs: fc.constant(1) }),
  );

  it('convolutions of any geometry, with both gradients', async () => {
    await fc.assert(
      fc.asyncProperty(channels, fc.integer({ min: 1, max: 3 }), axis, axis, fc.boolean(), async ({ groups, inputs, outputs }, batch, h, t, flat) => {
        const height = flat ? { kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, size: 1 } : { ...h, size: Math.min(h.size, 9 + h.kernel * h.dilation) };
        const x = parameter('x', [groups * inputs, batch, height.size, t.size]);
        const w = parameter('w', [groups * outputs, inputs, height.kernel, t.kernel]);
        const y = conv(x, w, {
          groups,
          stride: [height.stride, t.stride],
          dilation: [height.dilation, t.dilation],
          padding: [height.before, height.after, t.before, t.after],
        });
        expect(await disagreement(trainingStepOf({ y }, mean(square(tanh(y))), ['x', 'w']), { tolerance: 1e-3 })).toBeNull();
      }),
      { numRuns: 60, seed: SEED },
    );
  });

  it('convolutions of more than a block of channels, taps and positions', async () => {
    const x = parameter('x', [172, 2, 1, 259]);
    const y = conv(x, parameter('w', [130, 172, 1, 3]), { padding: [0, 0, 2, 0] });
    expect(await disagreement(trainingStepOf({ y }, mean(square(tanh(y))), ['x', 'w']), { tolerance: 1e-3 })).toBeNull();
  }, 120_000);

  it('movement', async () => {
    const x = parameter('x', [4, 5, 2, 6]);
    const t = transpose(multiply(x, 2), [1, 0, 3, 2]);
    const s = slice(t, [1, 0, 2, 0], [3, 4, 3, 2]);
    const padded = pad(square(s), [0, 1, 0, 2], [1, 0, 0, 1]);
    const joined = concat([padded, tanh(padded)], 2);
    const front = concat([sum(x, [1, 2, 3]), perChannel(parameter('v', [3]), 4)], 0);
    const pooled = maxPool(x, [2, 2], [1, 2]);
    const wide = maxPool(parameter('wide', [2, 2, 5, 9]), [4, 3], [1, 2]);
    const loss = add(add(mean(square(joined)), mean(square(front))), add(mean(square(wide)), mean(multiply(pooled, averagePool(pooled, [1, 1])))));
    const graph = trainingStepOf({ joined, front, pooled, wide, average: averagePool(x, [2, 3]), repeated: broadcast(front, [7, 3, 1, 2]) }, loss, [
      'x',
      'v',
      'wide',
    ]);
    expect(await disagreement(graph)).toBeNull();
  });

  it('sums and maxima over any axes', async () => {
    const y = tanh(parameter('x', [4, 3, 5, 7]));
    const axes = Array.from({ length: 15 }, (_, mask) => [0, 1, 2, 3].filter((axis) => ((mask + 1) >> axis) & 1));
    const sums = axes.map((list) => multiply(sum(y, list), sum(multiply(y, y), list)));
    const maxima = axes.map((list) => reduceMaximum(y, list));
    const outputs = Object.fromEntries([...sums, ...maxima].map((value, at) => [`reduction ${at}`, value]));
    const loss = sums.map((value) => mean(square(value))).reduce((a, b) => add(a, b));
    expect(await disagreement(trainingStepOf(outputs, loss, ['x']))).toBeNull();
  });

  it('outputs and states that are leaves, constants or one another', async () => {
    const [p, a, b] = [parameter('p', [5]), state('a', [5]), state('b', [5])];
    const loss = mean(square(p));
    const graph = buildStep({
      outputs: { loss, parameter: p, constant: broadcast(3, [2, 3]), again: loss },
      stateUpdates: [
        { state: a, value: b },
        { state: b, value: a },
      ],
      training: { loss, optimizer: optimizer(sgd(), [{ parameters: ['p'], learningRateScale: 2, weightDecay: 0 }]) },
    });
    expect(await disagreement(graph, { steps: 2 })).toBeNull();
  });

  it('a step without parameters', async () => {
    const x = input('x', [3, 4]);
    expect(await disagreement(buildStep({ outputs: { y: square(x), x } }))).toBeNull();
  });

  // Where a gradient is 0 but for rounding, Adam's first step is its sign: a larger epsilon keeps that out of the comparison.
  const rules: readonly (readonly [string, OptimizerRule])[] = [
    ['sgd', sgd()],
    ['momentum', sgd({ momentum: 0.9 })],
    ['nesterov', sgd({ momentum: 0.9, nesterov: true })],
    ['adam', adam({ epsilon: 1e-3 })],
    ['adamw', adamw({ epsilon: 1e-3 })],
    ['novograd', novograd()],
    ['novograd with averaging', novograd({ gradientAveraging: true })],
  ];
  it.each(rules)('a quantised network with %s', async (_name, rule) => {
    expect(await disagreement(quantizedNetwork(rule), { tolerance: 1e-3 })).toBeNull();
  });

  it('random graphs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 14 }), async (seed, size) => {
        expect(await disagreement(randomStep(seed, size), { tolerance: 2e-3, seed })).toBeNull();
      }),
      { numRuns: 80, seed: SEED },
    );
  }, 120_000);
});
