import { detectCapabilities } from '@bitvox/wasm';
import { expect, test } from 'vitest';
import { measureSpeeds, probeRace, speedMemory, type Speeds, type SpeedStore } from './speeds.ts';
import { type BoundProbe, bindProbes, possibleSteps } from './probes.wasm.ts';

/** Probes that take the nanoseconds per step that `times` say, call after call, on the clock beside them. */
function fakeProbes(times: Readonly<Record<string, (call: number) => number>>) {
  let milliseconds = 0;
  const probes = Object.entries(times).map(([kind, nanoseconds]): BoundProbe => {
    let calls = 0;
    return { kind: kind as BoundProbe['kind'], steps: 2, run: (turns) => void (milliseconds += (2 * turns * nanoseconds(calls++)) / 1e6) };
  });
  return { probes, now: () => milliseconds };
}
/** Twice as fast from some call on. */
const optimisedAfter =
  (calls: number, nanoseconds: number) =>
  (call: number): number =>
    (call < calls ? 2 : 1) * nanoseconds;

test('speeds are those of the optimising compiler, whenever it is done', () => {
  for (const calls of [2, 3, 10, 40]) {
    const { probes, now } = fakeProbes({ words: optimisedAfter(calls, 1), swizzle: optimisedAfter(5, 0.5) });
    const speeds = probeRace(probes)({ now })!;
    expect(speeds.words).toBeCloseTo(1, 6);
    expect(speeds.swizzle).toBeCloseTo(0.5, 6);
  }
});

test('a measurement that did not settle is taken up again, and later ones need no baseline compiler', () => {
  const { probes, now } = fakeProbes({ words: optimisedAfter(1200, 1) });
  const race = probeRace(probes);
  const answers = Array.from({ length: 5 }, () => race({ now })?.words);
  expect(answers[0]).toBeUndefined();
  expect(answers.at(-2)).toBeCloseTo(1, 6);
  expect(answers.at(-1)).toBeCloseTo(1, 6);
});

test('probes that stay in the baseline compiler, waver or cannot be timed do not settle', () => {
  const never: Record<string, (call: number) => number> = {
    baseline: optimisedAfter(1e9, 1),
    wavering: (call) => (call < 2 ? 4 : 1 + (call % 2)),
    slow: optimisedAfter(5, 1000),
  };
  for (const time of Object.values(never)) {
    const { probes, now } = fakeProbes({ words: time, swizzle: optimisedAfter(3, 1) });
    expect(probeRace(probes)({ now })).toBeUndefined();
    expect(now()).toBeLessThan(60);
  }
  const { probes } = fakeProbes({ words: optimisedAfter(3, 1) });
  let reads = 0;
  // A clock of whole milliseconds: most measurements take none, as seen through it.
  expect(probeRace(probes)({ now: () => Math.floor(reads++ / 50) })).toBeUndefined();
});

test('there is a probe for every kind of step the engine can make, and it runs', () => {
  const capabilities = detectCapabilities();
  for (const able of [
    capabilities,
    { ...capabilities, relaxedSimd: false, relaxedDot: false },
    { ...capabilities, simd: false, relaxedSimd: false, relaxedDot: false },
  ]) {
    const probes = bindProbes(able);
    expect(probes.map(({ kind }) => kind)).toEqual(possibleSteps(able));
    for (const { run, steps } of probes) {
      expect(steps).toBeGreaterThan(0);
      run(100);
    }
  }
  expect(possibleSteps({ ...capabilities, simd: false, relaxedSimd: false, relaxedDot: false })).toEqual(['words', 'scalar']);
});

test('the machine itself settles or says that it did not', () => {
  const speeds = measureSpeeds();
  if (speeds !== undefined) {
    expect(Object.keys(speeds)).toEqual(possibleSteps(detectCapabilities()));
    for (const speed of Object.values(speeds)) expect(speed).toBeGreaterThan(0);
  }
});

const kinds = possibleSteps(detectCapabilities());
const measured: Speeds = Object.fromEntries(kinds.map((kind, n) => [kind, (n + 1) / 4]));
const mapStore = (): SpeedStore & { readonly map: Map<string, string> } => {
  const map = new Map<string, string>();
  return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value) };
};

test('speeds are measured once, and a store spares the next process even that', () => {
  let measurements = 0;
  const measure = (): Speeds => (measurements++, measured);
  const store = mapStore();
  const ask = speedMemory(measure);
  expect([ask(store, {}), ask(store, {}), ask(undefined, {})]).toEqual([measured, measured, measured]);
  expect(measurements).toBe(1);
  expect(store.map.size).toBe(1);
  expect(speedMemory(measure)(store, {})).toEqual(measured);
  expect(measurements).toBe(1);
});

test('a store that lies or throws does no harm', () => {
  const numbers = kinds.map(() => '1');
  const throwing = (): never => {
    throw new Error('SecurityError');
  };
  const lies = ['', 'null', numbers.slice(1).join(' '), [...numbers.slice(1), '-1'].join(' '), [...numbers.slice(1), 'Infinity'].join(' '), '1 '.repeat(1e6)];
  for (const lie of [...lies, [...numbers.slice(1), '0'].join(' '), [...numbers.slice(1), '1e9'].join(' ')]) {
    const told: string[] = [];
    expect(speedMemory(() => measured)({ getItem: () => lie, setItem: (_, value) => void told.push(value) }, {})).toEqual(measured);
    expect(told.length).toBe(1);
  }
  expect(speedMemory(() => measured)({ getItem: throwing, setItem: throwing }, {})).toEqual(measured);
});

test('what does not settle is tried again, three times in all, and no store hears of it', () => {
  let measurements = 0;
  const store = mapStore();
  const ask = speedMemory(() => void measurements++ as undefined);
  for (let n = 0; n < 5; n++) expect(ask(store, {})).toBeUndefined();
  expect(measurements).toBe(3);
  expect(store.map.size).toBe(0);
});
