import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learningRates, type Schedule } from './index.ts';

const at = (schedule: Schedule, steps: readonly number[]): number[] => steps.map(learningRates(schedule));
const close = (numbers: readonly number[]): unknown[] => numbers.map((number) => expect.closeTo(number, 7) as unknown);

describe('learning rates', () => {
  it('constant, with warm-up', () => {
    expect(at({ kind: 'constant', rate: 0.4 }, [1, 2, 1000])).toEqual(close([0.4, 0.4, 0.4]));
    expect(at({ kind: 'constant', rate: 0.4, warmup: 4 }, [1, 2, 4, 5])).toEqual(close([0.1, 0.2, 0.4, 0.4]));
  });

  it('cosine: peak at the end of the warm-up, half-way in the middle, floor at and after the end', () => {
    expect(at({ kind: 'cosine', peak: 1, floor: 0.2, warmup: 10, steps: 110 }, [5, 10, 60, 110, 500])).toEqual(close([0.5, 1, 0.6, 0.2, 0.2]));
  });

  it('step: multiplied after each milestone', () => {
    expect(at({ kind: 'step', peak: 1, factor: 0.1, milestones: [10, 20] }, [10, 11, 20, 21])).toEqual(close([1, 0.1, 0.1, 0.01]));
  });

  it('polynomial: warm-up, hold, decay of the second order', () => {
    const schedule: Schedule = { kind: 'polynomial', peak: 1, floor: 0.1, warmup: 5, hold: 45, steps: 100 };
    expect(at(schedule, [1, 5, 50, 75, 100, 101])).toEqual(close([0.2, 1, 1, 0.1 + 0.9 / 4, 0.1, 0.1]));
  });

  it('never leaves [0, peak] and never rises after the warm-up', () => {
    const numbers = fc.record({ peak: fc.float({ min: Math.fround(1e-5), max: 1, noNaN: true }), warmup: fc.nat(20), hold: fc.nat(20), extra: fc.nat(100) });
    fc.assert(
      fc.property(numbers, fc.constantFrom('cosine', 'polynomial'), ({ peak, warmup, hold, extra }, kind) => {
        const steps = warmup + hold + extra;
        const rate = learningRates(kind === 'cosine' ? { kind, peak, warmup, steps } : { kind, peak, warmup, hold, steps });
        const rates = Array.from({ length: steps + 2 }, (_, at) => rate(at + 1));
        expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...rates)).toBeLessThanOrEqual(peak);
        const decay = rates.slice(warmup);
        expect(decay).toEqual(decay.toSorted((a, b) => b - a));
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('refuses settings out of range', () => {
    const code = expect.objectContaining({ code: 'TRAIN_ATTRIBUTE' }) as unknown as Error;
    expect(() => learningRates({ kind: 'constant', rate: -1 })).toThrow(code);
    expect(() => learningRates({ kind: 'constant', rate: Number.NaN })).toThrow(code);
    expect(() => learningRates({ kind: 'cosine', peak: 1, warmup: 11, steps: 10 })).toThrow(code);
    expect(() => learningRates({ kind: 'polynomial', peak: 1, warmup: 5, hold: 6, steps: 10 })).toThrow(code);
  });
});
