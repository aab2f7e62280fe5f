import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from './compile.ts';
import { lifetimes, planMemory } from './memory-plan.ts';
import { type Buffer, createBuffer, type Operation } from './program.ts';
import { wideNetwork } from './testing/networks.ts';

/** Operations that write and read the given buffers. */
function operationsOf(uses: readonly (readonly Buffer[])[]): Operation[] {
  return uses.map((buffers) => ({ label: '', reads: buffers.slice(1), writes: buffers.slice(0, 1), results: [], calls: () => [] }));
}

describe('memory plan', () => {
  it('never gives one place to two buffers that live at the same time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 }),
        fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 40 }),
        (sizes, uses) => {
          const buffers = sizes.map((floats) => createBuffer('temporary', floats, ''));
          const operations = operationsOf(uses.map((list) => list.map((index) => buffers[index % buffers.length]!)));
          const kept = new Set(buffers.slice(0, 1));
          const lives = lifetimes(operations, kept);
          const fixed = createBuffer('parameters', 70, '');
          const plan = planMemory(128, [fixed], lives);
          for (const [a, lifeA] of lives) {
            const from = plan.addresses.get(a)!;
            expect(from % 64).toBe(0);
            expect(from).toBeGreaterThanOrEqual(plan.temporaries.address);
            expect(from + a.floats * 4 + 64).toBeLessThanOrEqual(plan.end);
            for (const [b, lifeB] of lives) {
              if (a === b || lifeA.last < lifeB.first || lifeB.last < lifeA.first) continue;
              const other = plan.addresses.get(b)!;
              expect(from + a.floats * 4 <= other || other + b.floats * 4 <= from).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('shares memory between values that do not meet', () => {
    const { plan, compute, update } = compileProgram(wideNetwork(), { threads: 1, shared: false, memoryLimit: 2 ** 30 });
    const total = [...lifetimes([...compute, ...update], new Set()).keys()].reduce((sum, { floats }) => sum + floats * 4, 0);
    expect(plan.temporaries.bytes).toBeLessThan(0.75 * total);
  });

  it('is the same every time', () => {
    const compile = (): unknown => {
      const { schedules, module } = compileProgram(wideNetwork(), { threads: 2, shared: true, memoryLimit: 2 ** 30 });
      return [schedules, module];
    };
    expect(compile()).toEqual(compile());
  });
});
