/** The relaxed instructions on operands for which every engine must agree, and the guard around the dot product. */
import { setFlagsFromString } from 'node:v8';
import { beforeAll, expect, test } from 'vitest';
import { detectCapabilities, f32x4, i16x8, i32x4, i8x16, ModuleBuilder, v128 } from '../index.ts';

const major = Number(process.versions.node.split('.')[0]);

beforeAll(() => {
  // Needed in Node 20; later ones have the instructions on by default and may not know the flag.
  if (major < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
  setFlagsFromString('--liftoff');
  setFlagsFromString('--no-wasm-tier-up');
});

test('the dot product is reported only where the baseline compiler computes it rightly', () => {
  // V8 of Node 20 validates the instruction and computes it wrongly; from Node 22 on it is right.
  expect(detectCapabilities(true).relaxedDot).toBe(major >= 22);
});

test('relaxed instructions agree with their exact counterparts where those are defined', () => {
  // The baseline compiler of Node 20 is the one with the fault, so the instruction itself is tested in the other tier.
  setFlagsFromString('--no-liftoff');
  expect(detectCapabilities(true)).toMatchObject({ simd: true, relaxedSimd: true, bulkMemory: true });
  const module = new ModuleBuilder({ from: 'own' });
  const f = module.function('f', {});
  const [a, b] = [v128.load(0), v128.load(16)];
  const floats = f32x4.constSplat(0.5);
  const results = [
    i8x16.relaxedSwizzle(a, i8x16.const([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])),
    i8x16.relaxedLaneselect(a, b, i8x16.const([-1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0])),
    i16x8.relaxedDotI8x16I7x16S(a, b),
    i32x4.relaxedDotI8x16I7x16AddS(a, b, i32x4.const([1000, -1000, 0, 5])),
    f32x4.relaxedMadd(floats, f32x4.constSplat(3), floats),
  ];
  results.forEach((value, n) => f.do(v128.store(32 + n * 16, value)));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const left = Int8Array.from({ length: 16 }, (_, i) => i * 17 - 128);
  const right = Int8Array.from({ length: 16 }, (_, i) => (i * 11) % 128);
  new Int8Array(buffer).set(left);
  new Int8Array(buffer).set(right, 16);
  (exports['f'] as () => void)();
  const products = Array.from(left, (x, i) => x * right[i]!);
  expect(new Int8Array(buffer, 32, 16)).toEqual(left.toReversed());
  expect(new Int8Array(buffer, 48, 16)).toEqual(left.map((x, i) => (i % 2 === 0 ? x : right[i]!)));
  expect(Array.from(new Int16Array(buffer, 64, 8))).toEqual(Array.from({ length: 8 }, (_, i) => products[2 * i]! + products[2 * i + 1]!));
  expect(Array.from(new Int32Array(buffer, 80, 4))).toEqual([1000, -1000, 0, 5].map((c, i) => products.slice(4 * i, 4 * i + 4).reduce((s, p) => s + p, c)));
  expect(Array.from(new Float32Array(buffer, 96, 4))).toEqual([2, 2, 2, 2]);
});
