import { describe, expect, it } from 'vitest';
import { mean, square } from '../../ir/compose.ts';
import { add, multiply } from '../../ir/ops/binary.ts';
import { input, parameter, state } from '../../ir/ops/leaf.ts';
import { log } from '../../ir/ops/unary.ts';
import { matmul } from '../../ir/ops/matmul.ts';
import { buildStep } from '../../ir/step.ts';
import type { StepGraph } from '../../ir/types.ts';
import { withLabel } from '../../ir/value.ts';
import { optimizer, sgd } from '../../optimizers/index.ts';
import { wasmExecutor } from './executor.ts';

const code = (name: string): Error => expect.objectContaining({ code: name }) as unknown as Error;

/** The loss is NaN for a negative input of `gain`. */
function fragile(): StepGraph {
  const x = input('x', [4, 4]);
  const gain = state('gain', []);
  const w = parameter('w', [4, 4]);
  const hidden = withLabel('first', () => matmul(w, x));
  const risky = withLabel('second', () => matmul(multiply(log(gain), hidden), x));
  const loss = withLabel('loss', () => mean(square(risky)));
  return buildStep({
    outputs: { loss },
    stateUpdates: [{ state: gain, value: add(gain, 1) }],
    training: { loss, optimizer: optimizer(sgd(), [{ parameters: ['w'], learningRateScale: 1, weightDecay: 0 }]) },
  });
}

describe('compiled step', () => {
  it('names the first operation that is not finite and changes nothing', async () => {
    const step = await wasmExecutor().compile(fragile());
    step.write(
      'parameter/w',
      Float32Array.from({ length: 16 }, (_, at) => at / 16),
    );
    step.input('x').fill(0.5);
    step.write('state/gain', Float32Array.of(-1));
    const before = step.read('parameter/w');
    await step.run({ learningRate: 0.1, step: 1 });
    expect(step.output('loss')[0]).toBeNaN();
    expect(await step.firstNonFinite()).toMatch(/^second \(/);
    expect(step.read('parameter/w')).toEqual(before);
    expect(step.read('state/gain')[0]).toBe(-1);
    step.write('state/gain', Float32Array.of(2));
    await step.run({ learningRate: 0.1, step: 1 });
    expect(await step.firstNonFinite()).toBeNull();
    expect(step.read('parameter/w')).not.toEqual(before);
    expect(step.read('state/gain')[0]).toBe(3);
  });

  it('names a leaf that is not finite', async () => {
    const step = await wasmExecutor().compile(fragile());
    step.write('state/gain', Float32Array.of(2));
    step.input('x').fill(Infinity);
    await step.run({ learningRate: 0.1, step: 1 });
    expect(await step.firstNonFinite()).toBe('x (input)');
  });

  it('knows its size before it takes memory', async () => {
    const huge = multiply(input('x', [1 << 14, 1 << 15]), 2);
    await expect(wasmExecutor({ memoryLimit: 2 ** 30 }).compile(buildStep({ outputs: { huge } }))).rejects.toThrow(code('TRAIN_MEMORY'));
    await expect(wasmExecutor({ memoryLimit: 2 ** 21 }).compile(fragile())).resolves.toHaveProperty('bytes');
    expect(() => wasmExecutor({ memoryLimit: 2 ** 33 })).toThrow(code('TRAIN_ATTRIBUTE'));
  });

  it('refuses unknown names, wrong lengths and use after disposal', async () => {
    const step = await wasmExecutor().compile(fragile());
    expect(() => step.input('y')).toThrow(code('TRAIN_NAME'));
    expect(() => step.read('parameter/v')).toThrow(code('TRAIN_NAME'));
    expect(() => step.write('parameter/w', new Float32Array(3))).toThrow(code('TRAIN_DATA'));
    step.dispose();
    step.dispose();
    expect(() => step.run({ learningRate: 0.1, step: 1 })).toThrow(code('TRAIN_DISPOSED'));
    expect(() => step.output('loss')).toThrow(code('TRAIN_DISPOSED'));
  });
});
