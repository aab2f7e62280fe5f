import { describe, expect, it } from 'vitest';
import { exp, floor, log, round, sigmoid, sign, tanh } from '../../ir/ops/unary.ts';
import { input } from '../../ir/ops/leaf.ts';
import { maximum, minimum } from '../../ir/ops/binary.ts';
import { buildStep } from '../../ir/step.ts';
import type { Value } from '../../ir/types.ts';
import { wasmExecutor } from '../../exec/wasm/executor.ts';

async function evaluate(apply: (x: Value) => Value, numbers: readonly number[]): Promise<number[]> {
  const step = await wasmExecutor().compile(buildStep({ outputs: { y: apply(input('x', [numbers.length])) } }));
  step.input('x').set(numbers);
  await step.run({ learningRate: 0, step: 1 });
  const result = [...step.output('y')];
  step.dispose();
  return result;
}

/** Distance between neighbouring floats at `value`. */
function ulp(value: number): number {
  const magnitude = Math.max(Math.abs(value), 2 ** -126);
  return 2 ** (Math.floor(Math.log2(magnitude)) - 23);
}

function sweep(low: number, high: number, count = 60_001): number[] {
  return Array.from({ length: count }, (_, at) => Math.fround(low + ((high - low) * at) / (count - 1)));
}

const CASES: readonly (readonly [string, (x: Value) => Value, (x: number) => number, readonly number[], number])[] = [
  ['exp', exp, Math.exp, [...sweep(-87, 88.7), ...sweep(-1, 1)], 2],
  ['exp, denormal results', exp, Math.exp, sweep(-103, -87.4, 2001), 2],
  ['log', log, Math.log, [...sweep(1e-6, 10), ...sweep(0.9, 1.1), ...sweep(-126, 127, 5001).map((power) => 2 ** power), ...sweep(1e-45, 1e-39, 501)], 2],
  ['tanh', tanh, Math.tanh, [...sweep(-10, 10), ...sweep(-0.7, 0.7), 1e-20, -3e-39], 3],
  ['sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x)), [...sweep(-87, 87), ...sweep(-1, 1)], 4],
];

describe('transcendental functions', () => {
  it.each(CASES)('%s', async (_name, apply, reference, numbers, limit) => {
    const exact = numbers.map(Math.fround);
    const got = await evaluate(apply, exact);
    const worst = got.reduce((largest, value, at) => {
      const wanted = reference(exact[at]!);
      return Math.max(largest, Math.abs(value - wanted) / ulp(wanted));
    }, 0);
    expect(worst).toBeLessThanOrEqual(limit);
  });

  it('at the ends of the range', async () => {
    expect(await evaluate(exp, [Infinity, -Infinity, NaN, 89, -110])).toEqual([Infinity, 0, NaN, Infinity, 0]);
    expect(await evaluate(log, [Infinity, 0, -1, NaN, -0])).toEqual([Infinity, -Infinity, NaN, NaN, -Infinity]);
    expect(await evaluate(tanh, [Infinity, -Infinity, NaN, -0, 100])).toEqual([1, -1, NaN, 0, 1]);
    expect(await evaluate(sigmoid, [Infinity, -Infinity, NaN, 0, -200])).toEqual([1, 0, NaN, 0.5, 0]);
  });
});

describe('piecewise constant functions', () => {
  const below = 0.5 - 2 ** -25;
  it('sign is +1 at both zeros and keeps NaN', async () => expect(await evaluate(sign, [0, -0, 3, -1e-45, NaN])).toEqual([1, 1, 1, -1, NaN]));
  it('round goes away from zero at halves only', async () =>
    expect(await evaluate(round, [0.5, -0.5, below, -below, 2.5, 8388609, -1.2, NaN, Infinity])).toEqual([1, -1, 0, 0, 3, 8388609, -1, NaN, Infinity]));
  it('floor', async () => expect(await evaluate(floor, [-0.5, 2.9, -3])).toEqual([-1, 2, -3]));
  it('maximum and minimum keep NaN', async () => {
    expect(await evaluate((x) => maximum(x, 1), [NaN, 0, 2])).toEqual([NaN, 1, 2]);
    expect(await evaluate((x) => minimum(1, x), [NaN, 0, 2])).toEqual([NaN, 0, 1]);
  });
});
