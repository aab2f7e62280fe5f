import { setFlagsFromString } from 'node:v8';
import { i32, ModuleBuilder } from '@bitvox/wasm';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  applyTernary,
  Random,
  TERNARY_GENERATORS,
  type TernaryElement,
  ternaryKernel,
  type TernaryMatrixSpec,
  ternaryMatrixSpec,
  ternaryScratchBytes,
} from '../index.ts';
import { specs } from '../specs.fixture.ts';
import { countOpcodes } from './opcodes.fixture.ts';

const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff'] },
];
const POISON = 0xa5;
const GUARD = 64;
const WIDE = TERNARY_GENERATORS.flatMap((generator) => (['f32', 'i16'] as const).map((element) => [generator, element] as const));

interface Run {
  readonly spec: TernaryMatrixSpec;
  readonly element: TernaryElement;
  readonly frames: number;
  /** Bytes between the end of a channel and the next. */
  readonly gap: number;
}

/** Runs a kernel in poisoned memory; returns the rows, dense, and whether a byte was written that belongs to nobody. */
function execute({ spec, element, frames, gap }: Run, x: Float32Array | Int16Array): { got: Float32Array | Int16Array; strayed: boolean } {
  const size = x.BYTES_PER_ELEMENT;
  const stride = frames * size + gap;
  const [xAt, xBytes] = [GUARD, spec.columns * stride];
  const [yAt, yBytes] = [xAt + xBytes + GUARD, spec.rows * stride];
  const scratch = yAt + yBytes + GUARD + (-(yAt + yBytes) & 3);
  const total = scratch + ternaryScratchBytes(spec) + GUARD;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536) });
  const bytes = new Uint8Array(memory.buffer).fill(POISON);
  const source = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  for (let column = 0; column < spec.columns; column++) bytes.set(source.subarray(column * frames * size, (column + 1) * frames * size), xAt + column * stride);
  const before = bytes.slice();
  const module = new WebAssembly.Module(ternaryKernel(spec, element));
  const { apply } = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, (...args: number[]) => void>;
  apply(xAt, yAt, frames, stride, scratch);
  const got = x instanceof Float32Array ? new Float32Array(spec.rows * frames) : new Int16Array(spec.rows * frames);
  const target = new Uint8Array(got.buffer);
  for (let row = 0; row < spec.rows; row++) {
    const from = yAt + row * stride;
    target.set(bytes.subarray(from, from + frames * size), row * frames * size);
    before.set(bytes.subarray(from, from + frames * size), from);
  }
  before.set(bytes.subarray(scratch, scratch + ternaryScratchBytes(spec)), scratch);
  return { got, strayed: before.some((byte, at) => byte !== bytes[at]) };
}

const inputs = (element: TernaryElement, length: number, seed: number): Float32Array | Int16Array => {
  const random = new Random(seed, 'inputs');
  return element === 'i16' ? Int16Array.from({ length }, () => random.next()) : Float32Array.from({ length }, () => random.normal());
};

const cases: fc.Arbitrary<Run> = fc.record({
  spec: specs(),
  element: fc.constantFrom<TernaryElement>('f32', 'i16'),
  frames: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 140 })),
  gap: fc.constantFrom(0, 4, 8, 64),
});

describe.each(TIERS)('$tier compiler', ({ tier, flags }) => {
  afterAll(() => ['--liftoff', '--wasm-tier-up'].forEach((flag) => setFlagsFromString(flag)));

  test('the bits of applyTernary, and no byte beside them', () => {
    flags.forEach((flag) => setFlagsFromString(flag));
    fc.assert(
      fc.property(cases, (run) => {
        // Each tier gets modules of its own: engines remember compiled code by its bytes.
        const spec = { ...run.spec, path: [tier] };
        const x = inputs(run.element, spec.columns * run.frames, spec.seed);
        const y = run.element === 'f32' ? new Float32Array(spec.rows * run.frames) : new Int16Array(spec.rows * run.frames);
        const want = applyTernary<Float32Array | Int16Array>(spec, x, y);
        const { got, strayed } = execute({ ...run, spec }, x);
        expect(new Uint8Array(got.buffer)).toEqual(new Uint8Array(want.buffer));
        expect(strayed).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test.each(WIDE)('a wide layer, several blocks of rows, %s, %s', (generator, element) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const [rows, frames] = [150, 98];
    const spec = ternaryMatrixSpec({ seed: 3, path: [tier], rows, columns: 600, density: 1 / 8, generator });
    const x = inputs(element, spec.columns * frames, 5);
    const want = applyTernary<Float32Array | Int16Array>(spec, x, element === 'f32' ? new Float32Array(rows * frames) : new Int16Array(rows * frames));
    expect(execute({ spec, element, frames, gap: 0 }, x)).toEqual({ got: want, strayed: false });
  });

  test.each(TERNARY_GENERATORS)('rows that need more draws than usual, full ones too: %s', (generator) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    for (const [rows, columns, density] of [
      [300, 17, 0.9],
      [300, 33, 0.2],
      [120, 256, 1],
      [9, 1025, 1],
      [1, 2, 1],
    ] as const) {
      const spec = ternaryMatrixSpec({ seed: 8, path: [tier], rows, columns, density, generator });
      const x = inputs('i16', columns, 6);
      expect(execute({ spec, element: 'i16', frames: 1, gap: 0 }, x)).toEqual({ got: applyTernary(spec, x, new Int16Array(rows)), strayed: false });
    }
  });
});

describe('no multiplication', () => {
  test.each(WIDE)('the module of %s, %s adds, subtracts, compares and shifts', (generator, element) => {
    const counts = countOpcodes(ternaryKernel(ternaryMatrixSpec({ seed: 1, rows: 256, columns: 200, density: 1 / 8, generator }), element));
    expect(Object.keys(counts).filter((name) => /mul|div|dot|rem/.test(name))).toEqual([]);
    expect(counts[element === 'f32' ? 'f32x4.add' : 'i16x8.add']).toBe(counts[element === 'f32' ? 'f32x4.sub' : 'i16x8.sub']);
  });

  test('the reader of instructions would find one', () => {
    const module = new ModuleBuilder();
    const f = module.function('square', { x: 'i32' }, { result: 'i32' });
    f.return(i32.mul(f.params.x, f.params.x));
    expect(() => countOpcodes(module.build())).toThrow('0x6c');
  });
});
