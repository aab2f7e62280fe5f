/** Update rules against an independent library in float64: two tensors after each of four steps with given gradients. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../exec/reference.ts';
import { add, multiply } from '../ir/ops/binary.ts';
import { input, parameter } from '../ir/ops/leaf.ts';
import { sum } from '../ir/ops/sum.ts';
import { buildStep } from '../ir/step.ts';
import type { CompiledStep, OptimizerRule, Value } from '../ir/types.ts';
import { adam, adamw, novograd, optimizer, sgd } from '../optimizers/index.ts';
import { momentSizes, updateParameter } from '../optimizers/update.ts';

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface GoldenCase {
  readonly name: string;
  readonly attrs: {
    readonly lr: number;
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly weight_decay?: number;
    readonly grad_averaging?: boolean;
  };
  readonly params_after_each_step: readonly (readonly Tensor[])[];
}

const golden = JSON.parse(readFileSync(new URL('./optimizers.json', import.meta.url), 'utf8')) as {
  readonly params: readonly Tensor[];
  readonly gradients: readonly (readonly Tensor[])[];
  readonly cases: readonly GoldenCase[];
};

function ruleOf({ name, attrs }: GoldenCase): OptimizerRule {
  const options = { ...(attrs.betas && { beta1: attrs.betas[0], beta2: attrs.betas[1] }), ...(attrs.eps !== undefined && { epsilon: attrs.eps }) };
  if (name.startsWith('sgd')) return sgd({ momentum: attrs.momentum ?? 0, nesterov: attrs.nesterov ?? false });
  if (name.startsWith('novograd')) return novograd({ ...options, gradientAveraging: attrs.grad_averaging ?? false });
  return name === 'adamw' ? adamw(options) : adam(options);
}

describe('golden optimisers', () => {
  it.each(golden.cases.map((test) => [test.name, test] as const))('%s', (_name, test) => {
    const rule = ruleOf(test);
    const parameters = golden.params.map(({ data }) => Float64Array.from(data));
    const moments = parameters.map(({ length }) => momentSizes(rule, length).map((size) => new Float64Array(size)) as [Float64Array, Float64Array]);
    test.params_after_each_step.forEach((expected, at) => {
      parameters.forEach((data, tensor) => {
        const gradient = Float64Array.from(golden.gradients[at]![tensor]!.data);
        updateParameter(rule, { parameter: data, gradient, moments: moments[tensor]! }, { learningRate: test.attrs.lr, weightDecay: test.attrs.weight_decay ?? 0, step: at + 1 });
        expected[tensor]!.data.forEach((value, index) => expect(Math.abs(data[index]! - value)).toBeLessThanOrEqual(1e-9 * Math.abs(value) + 1e-12));
      });
    });
  });

  it.each(golden.cases.map((test) => [test.name, test] as const))('%s through a step of the reference executor', (_name, test) => {
    const parameters = golden.params.map(({ shape }, at) => parameter(`p${at}`, shape));
    const slopes = golden.params.map(({ shape }, at) => input(`g${at}`, shape));
    const [first, second] = parameters.map((value, at) => sum(multiply(value, slopes[at]!))) as [Value, Value];
    const loss = add(first, second);
    const group = { parameters: ['p0', 'p1'], learningRateScale: 2, weightDecay: test.attrs.weight_decay ?? 0 };
    const graph = buildStep({ outputs: { loss }, training: { loss, optimizer: optimizer(ruleOf(test), [group]) } });
    const step = referenceExecutor.compile(graph) as CompiledStep;
    golden.params.forEach(({ data }, at) => step.write(`parameter/p${at}`, Float32Array.from(data)));
    test.params_after_each_step.forEach((expected, at) => {
      golden.gradients[at]!.forEach(({ data }, tensor) => step.input(`g${tensor}`).set(data));
      void step.run({ learningRate: test.attrs.lr / 2, step: at + 1 });
      expected.forEach(({ data }, tensor) => {
        const actual = step.read(`parameter/p${tensor}`);
        data.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 5));
      });
    });
  });
});
