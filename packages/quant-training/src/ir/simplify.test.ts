import { Random } from '@bitvox/ternary-prng';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { gradient } from './gradient.ts';
import { add, divide, greater, maximum, minimum, multiply, subtract } from './ops/binary.ts';
import { concat } from './ops/concat.ts';
import { customGradient } from './ops/custom.ts';
import { constant, parameter } from './ops/leaf.ts';
import { matmul } from './ops/matmul.ts';
import { reduceMaximum } from './ops/reduce-maximum.ts';
import { reshape } from './ops/reshape.ts';
import { pad, slice } from './ops/slice.ts';
import { broadcast, sum } from './ops/sum.ts';
import { transpose } from './ops/transpose.ts';
import { absolute, exp, negate, sigmoid, sign, stopGradient, tanh } from './ops/unary.ts';
import { where } from './ops/where.ts';
import { simplify } from './simplify.ts';
import type { Value } from './types.ts';
import { topologicalOrder } from './value.ts';

const operations = (root: Value): string[] => topologicalOrder([root]).map(({ op }) => op);

describe('simplification', () => {
  const x = parameter('x', [2, 3]);

  it.each<[string, Value, string[]]>([
    ['x + 0', add(x, 0), ['parameter']],
    ['0 + x', add(0, x), ['parameter']],
    ['x - zeros', subtract(x, broadcast(0, [2, 3])), ['parameter']],
    ['x * 1', multiply(x, 1), ['parameter']],
    ['ones * x', multiply(broadcast(1, [2, 3]), x), ['parameter']],
    ['x / 1', divide(x, 1), ['parameter']],
    ['x * 0', multiply(x, 0), ['constant', 'broadcast']],
    ['x * (2 - 2)', multiply(x, subtract(2, 2)), ['constant', 'broadcast']],
    ['folded constants', add(x, exp(multiply(2, 0))), ['parameter', 'constant', 'add']],
    ['a value that grows by a zero stays as large', add(x, broadcast(0, [4, 2, 3])), ['parameter', 'broadcast']],
    ['implicit broadcast', multiply(x, broadcast(parameter('s', [1, 3]), [2, 3])), ['parameter', 'parameter', 'multiply']],
    ['a broadcast that makes the shape', multiply(broadcast(parameter('s', [1, 3]), [2, 3]), 2), ['parameter', 'constant', 'broadcast', 'multiply']],
    ['where with a known condition', where(broadcast(1, [2, 3]), x, 5), ['parameter']],
    ['reshape twice', reshape(reshape(x, [6]), [2, 3]), ['parameter']],
    ['identity transpose', transpose(x, [0, 1]), ['parameter']],
    ['whole slice', slice(x, [0, 0], [2, 3]), ['parameter']],
    ['empty pad', pad(x, [0, 0], [0, 0]), ['parameter']],
    ['sum over an axis of one', sum(reshape(x, [2, 1, 3]), [1]), ['parameter', 'reshape']],
    ['aliases', stopGradient(customGradient([x], tanh, (upstream) => [upstream])), ['parameter', 'tanh']],
    ['equal values', add(tanh(x), tanh(x)), ['parameter', 'tanh', 'add']],
  ])('%s', (_name, value, expected) => {
    const [simplified] = simplify([value]);
    expect(operations(simplified!).toSorted()).toEqual(expected.toSorted());
    expect(simplified!.shape).toEqual(value.shape);
  });

  it('keeps constants apart that only JSON writes alike', () => {
    const [value] = simplify([concat([multiply(x, constant(Infinity)), multiply(x, constant(-Infinity))], 0)]);
    expect(operations(value!).filter((op) => op === 'constant')).toHaveLength(2);
  });

  type Step = readonly [choice: number, left: number, right: number];

  /** A value of shape [3, 3], built from the pool by one step. */
  function extend(pool: readonly Value[], [choice, left, right]: Step): Value {
    const [a, b] = [pool[left % pool.length]!, pool[right % pool.length]!];
    const builders: readonly (() => Value)[] = [
      () => add(a, b),
      () => subtract(a, b),
      () => multiply(a, b),
      () => divide(a, add(absolute(b), 1)),
      () => maximum(a, b),
      () => minimum(a, b),
      () => where(greater(a, b), b, 0),
      () => negate(tanh(a)),
      () => sigmoid(a),
      () => multiply(sign(a), b),
      () => matmul(a, b, { transposeA: true }),
      () => transpose(a, [1, 0]),
      () => broadcast(sum(a, [0]), [3, 3]),
      () => multiply(reduceMaximum(a, [1]), 0.5),
      () => slice(pad(a, [1, 0], [0, 2]), [1, 1], [3, 3]),
      () => slice(concat([a, b], 0), [2, 0], [3, 3]),
      () => reshape(reshape(a, [9]), [3, 3]),
      () => broadcast([0, 1, -2][right % 3]!, [3, 3]),
    ];
    return broadcast(builders[choice % builders.length]!(), [3, 3]);
  }

  it('leaves the values and gradients of random graphs as they are', () => {
    const steps = fc.array(fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)), { minLength: 1, maxLength: 14 });
    fc.assert(
      fc.property(steps, (list) => {
        const leaves = [parameter('a', [3, 3]), parameter('b', [3, 3])];
        const pool: Value[] = [...leaves];
        for (const step of list) pool.push(extend(pool, step));
        const loss = sum(pool.at(-1)!);
        const roots = [pool.at(-1)!, loss, ...gradient(loss, leaves)];
        const random = new Random(3);
        const feeds = new Map<Value, Float64Array>(leaves.map((leaf) => [leaf, Float64Array.from({ length: 9 }, () => random.normal())]));
        const before = evaluate(roots, feeds);
        const simplified = simplify(roots);
        const after = evaluate(simplified, feeds);
        expect(simplified.map(({ shape }) => shape)).toEqual(roots.map(({ shape }) => shape));
        before.forEach((data, root) => data.forEach((number, at) => expect(after[root]![at]).toBeCloseTo(number, 9)));
        expect(topologicalOrder(simplified).length).toBeLessThanOrEqual(topologicalOrder(roots).length);
        const again = simplify(simplified);
        expect(topologicalOrder(again).length).toBe(topologicalOrder(simplified).length);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
