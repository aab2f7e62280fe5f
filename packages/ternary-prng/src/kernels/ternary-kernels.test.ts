import { setFlagsFromString } from 'node:v8';
import { i32, ModuleBuilder } from '@bitvox/wasm';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  applyTernary,
  applyTernaryTransposed,
  Random,
  TERNARY_GENERATORS,
  type TernaryDirection,
  type TernaryElement,
  ternaryKernel,
  type TernaryMatrixSpec,
  ternaryMatrixSpec,
  ternaryScratchBytes,
} from '../index.ts';
import { specs } from '../specs.fixture.ts';
import { DENSE_FRAMES } from './dense-plan.ts';
import { denseKernel, denseScratchBytes } from './dense-ternary.wasm.ts';
import { countOpcodes } from './opcodes.fixture.ts';

// Functions are inlined by counts of their calls, which come from the baseline compiler; without it a V8 14 that wants them ends the process.
const NO_INLINING = Number.parseInt(process.versions.v8, 10) >= 13 ? ['--no-wasm-inlining'] : [];
const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff', ...NO_INLINING] },
];
const POISON = 0xa5;
const GUARD = 64;

interface Kernel {
  readonly name: string;
  readonly element: TernaryElement;
  readonly direction: TernaryDirection;
  readonly minimumFrames: number;
  build(spec: TernaryMatrixSpec): Uint8Array<ArrayBuffer>;
  scratchBytes(spec: TernaryMatrixSpec): number;
}

const indices = (element: TernaryElement, direction: TernaryDirection, keepsLists = false): Kernel => ({
  name: `${element} ${direction} by indices${keepsLists ? ', kept' : ''}`,
  element,
  direction,
  minimumFrames: 1,
  build: (spec) => ternaryKernel(spec, element, direction, keepsLists),
  scratchBytes: (spec) => ternaryScratchBytes(spec, keepsLists),
});
const KERNELS: readonly Kernel[] = [
  indices('f32', 'forward'),
  indices('f32', 'transposed'),
  indices('i16', 'forward'),
  indices('i16', 'transposed'),
  indices('f32', 'forward', true),
  indices('i16', 'transposed', true),
  { name: 'i16 by tables', element: 'i16', direction: 'forward', minimumFrames: DENSE_FRAMES, build: denseKernel, scratchBytes: denseScratchBytes },
];
const WAYS = TERNARY_GENERATORS.flatMap((generator) => KERNELS.map((kernel) => ({ generator, kernel, name: kernel.name })));

type Frames = Float32Array | Int16Array;

interface Run {
  readonly spec: TernaryMatrixSpec;
  readonly kernel: Kernel;
  readonly frames: number;
  /** Bytes between the end of a channel and the next. */
  readonly gap: number;
}

/** Runs a kernel in poisoned memory; returns its results, dense, and whether a byte was written that belongs to nobody. */
function execute({ spec, kernel, frames, gap }: Run, given: Frames): { got: Frames; strayed: boolean } {
  const size = given.BYTES_PER_ELEMENT;
  const stride = frames * size + gap;
  const [xAt, xBytes] = [GUARD, spec.columns * stride];
  const [yAt, yBytes] = [xAt + xBytes + GUARD, spec.rows * stride];
  const scratch = yAt + yBytes + GUARD + (-(yAt + yBytes) & 3);
  const total = scratch + kernel.scratchBytes(spec) + GUARD;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536) });
  const bytes = new Uint8Array(memory.buffer).fill(POISON);
  const [from, to] = kernel.direction === 'transposed' ? [yAt, xAt] : [xAt, yAt];
  const source = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const rowBytes = frames * size;
  for (let at = 0, channel = from; at < source.length; at += rowBytes, channel += stride) bytes.set(source.subarray(at, at + rowBytes), channel);
  const before = bytes.slice();
  const module = new WebAssembly.Module(kernel.build(spec));
  const { apply } = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, (...args: number[]) => void>;
  apply(xAt, yAt, frames, stride, scratch);
  const got = zeros(kernel.element, frames * (kernel.direction === 'transposed' ? spec.columns : spec.rows));
  const target = new Uint8Array(got.buffer);
  for (let at = 0, channel = to; at < target.length; at += rowBytes, channel += stride) {
    target.set(bytes.subarray(channel, channel + rowBytes), at);
    before.set(bytes.subarray(channel, channel + rowBytes), channel);
  }
  before.set(bytes.subarray(scratch, scratch + kernel.scratchBytes(spec)), scratch);
  return { got, strayed: before.some((byte, at) => byte !== bytes[at]) };
}

/** What the reference gives, and what is given to it. */
function reference({ spec, kernel: { element, direction }, frames }: Run, seed: number): { given: Frames; want: Frames } {
  const [x, y] = [spec.columns * frames, spec.rows * frames];
  if (direction === 'forward') {
    const given = inputs(element, x, seed);
    return { given, want: applyTernary(spec, given, zeros(element, y)) };
  }
  const given = inputs(element, y, seed);
  return { given, want: applyTernaryTransposed(spec, zeros(element, x), given) };
}

/** What a kernel left, and what it should have: bytes of results, and whether others were written. */
function compare(run: Run, seed: number): [got: object, want: object] {
  const { given, want } = reference(run, seed);
  const { got, strayed } = execute(run, given);
  return [
    { bytes: new Uint8Array(got.buffer), strayed },
    { bytes: new Uint8Array(want.buffer), strayed: false },
  ];
}

const zeros = (element: TernaryElement, length: number): Frames => (element === 'f32' ? new Float32Array(length) : new Int16Array(length));

const inputs = (element: TernaryElement, length: number, seed: number): Frames => {
  const random = new Random(seed, 'inputs');
  return zeros(element, length).map(() => (element === 'i16' ? random.next() : random.normal()));
};

const cases: fc.Arbitrary<Run> = fc
  .record({
    spec: specs(),
    kernel: fc.constantFrom(...KERNELS),
    frames: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 140 })),
    gap: fc.constantFrom(0, 4, 8, 64),
  })
  .map((run) => ({ ...run, frames: Math.max(run.frames, run.kernel.minimumFrames) }));

describe.each(TIERS)('$tier compiler', ({ tier, flags }) => {
  beforeEach(() => flags.forEach((flag) => setFlagsFromString(flag)));
  afterAll(() => ['--liftoff', '--wasm-tier-up', ...NO_INLINING.map((flag) => flag.replace('no-', ''))].forEach((flag) => setFlagsFromString(flag)));

  // Each tier gets modules of its own, by their path: engines remember compiled code by its bytes.
  test('the bits of the reference, and no byte beside them', () => {
    fc.assert(
      fc.property(cases, (run) => {
        const [got, want] = compare({ ...run, spec: { ...run.spec, path: [tier] } }, run.spec.seed);
        expect(got).toEqual(want);
      }),
      { numRuns: 200 },
    );
  });

  test.each(WAYS)('a wide layer, several blocks of rows: $generator, $name', ({ generator, kernel }) => {
    const spec = ternaryMatrixSpec({ seed: 3, path: [tier], rows: 150, columns: 300, density: 1 / 8, generator });
    const [got, want] = compare({ spec, kernel, frames: 45, gap: 0 }, 5);
    expect(got).toEqual(want);
  });

  test.each(TERNARY_GENERATORS)('several passes of rows by tables: %s', (generator) => {
    const spec = ternaryMatrixSpec({ seed: 3, path: [tier], rows: 70, columns: 8190, density: 1 / 16, generator });
    const [got, want] = compare({ spec, kernel: KERNELS.at(-1)!, frames: 17, gap: 0 }, 7);
    expect(got).toEqual(want);
  });

  test.each(WAYS.filter(({ kernel }) => kernel.element === 'i16'))(
    'rows that need more draws than usual, full ones too: $generator, $name',
    ({ generator, kernel }) => {
      for (const [rows, columns, density] of [
        [300, 17, 0.9],
        [300, 33, 0.2],
        [120, 256, 1],
        [9, 1025, 1],
        [1, 2, 1],
      ] as const) {
        const spec = ternaryMatrixSpec({ seed: 8, path: [tier], rows, columns, density, generator });
        const [got, want] = compare({ spec, kernel, frames: kernel.minimumFrames, gap: 0 }, 6);
        expect(got).toEqual(want);
      }
    },
  );
});

describe('no multiplication', () => {
  test.each(WAYS)('the module adds, subtracts, compares and shifts: $generator, $name', ({ generator, kernel }) => {
    const counts = countOpcodes(kernel.build(ternaryMatrixSpec({ seed: 1, rows: 256, columns: 200, density: 1 / 8, generator })));
    expect(Object.keys(counts).filter((name) => /mul|div|dot|rem/.test(name))).toEqual([]);
    const { add, sub } = kernel.element === 'f32' ? { add: 'f32x4.add', sub: 'f32x4.sub' } : { add: 'i16x8.add', sub: 'i16x8.sub' };
    expect([counts[add], counts[sub]].every((count) => count > 0)).toBe(true);
  });

  test('the reader of instructions would find one', () => {
    const module = new ModuleBuilder();
    const f = module.function('square', { x: 'i32' }, { result: 'i32' });
    f.return(i32.mul(f.params.x, f.params.x));
    expect(() => countOpcodes(module.build())).toThrow('0x6c');
  });
});
