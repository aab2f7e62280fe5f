import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { contest } from './contest.ts';

/** Keeps the processor busy. */
function spin(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

test('times in microseconds, asynchronous contestants awaited, in the order given', async () => {
  const options = { rounds: 3, milliseconds: 4, warmUp: 8 };
  const [slow, fast] = await contest(
    [
      { name: 'slow', run: async () => spin(2) },
      { name: 'fast', run: () => spin(0.5) },
    ],
    options,
  );
  expect([slow!.name, fast!.name]).toEqual(['slow', 'fast']);
  expect(slow!.best).toBeGreaterThanOrEqual(2000);
  expect(fast!.best).toBeGreaterThanOrEqual(500);
  expect(fast!.best).toBeLessThan(slow!.best);
  expect(slow!.median).toBeGreaterThanOrEqual(slow!.best);
});
