/**
 * What this engine can do, found by asking it to validate a few bytes; no version numbers are read.
 * Invariant: a capability is only reported where using it gives right results. One engine in use validates the relaxed
 * dot product but computes it wrongly in its baseline compiler, so that one is also executed and checked.
 */
import { ModuleBuilder } from './module.ts';
import { i16x8, i32x4, i8x16 } from './ops/integer-lanes.ts';
import { i32, memory } from './ops/scalar.ts';
import { v128 } from './ops/v128.ts';

/** A capability a kernel may require. */
export type Capability = 'simd' | 'relaxedSimd' | 'relaxedDot' | 'threads' | 'bulkMemory';

/** Which capabilities are there. */
export type Capabilities = Readonly<Record<Capability, boolean>>;

type Describe = (module: ModuleBuilder) => void;

function validates(describe: Describe): boolean {
  const module = new ModuleBuilder({ from: 'own' });
  describe(module);
  return WebAssembly.validate(module.build());
}

const simd: Describe = (module) => {
  const f = module.function('f', {}, { result: 'i32' });
  f.return(i8x16.bitmask(i16x8.extmulLowI8x16U(i8x16.popcnt(v128.zero()), v128.zero())));
};

const relaxedSimd: Describe = (module) => {
  const f = module.function('f', {}, { result: 'i32' });
  f.return(i8x16.bitmask(i8x16.relaxedSwizzle(v128.zero(), v128.zero())));
};

const bulkMemory: Describe = (module) => {
  const f = module.function('f', {});
  f.do(memory.fill(0, 0, 0));
  f.do(memory.copy(0, 0, 0));
};

/** Eight sums live at once: the known miscompilation needs five. */
const DOT_VECTORS = 8;

function relaxedDotIsRight(): boolean {
  const module = new ModuleBuilder({ from: 'own' });
  const f = module.function('dot', {});
  const a = f.locals('v128', DOT_VECTORS);
  const b = f.local('v128');
  const sums = f.locals('v128', DOT_VECTORS);
  const [atB, atSums] = [DOT_VECTORS * 16, DOT_VECTORS * 16 + 16];
  a.forEach((local, n) => f.set(local, v128.load(n * 16)));
  f.set(b, v128.load(atB));
  sums.forEach((local, n) => f.set(local, v128.load(atSums + n * 16)));
  sums.forEach((local, n) => f.set(local, i32x4.relaxedDotI8x16I7x16AddS(a[n]!, b, local)));
  sums.forEach((local, n) => f.do(v128.store(i32.const(atSums + n * 16), local)));
  const bytes = module.build();
  if (!WebAssembly.validate(bytes)) return false;

  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const left = new Int8Array(buffer, 0, DOT_VECTORS * 16).map((_, i) => ((i * 37 + 11) % 251) - 125);
  const right = new Int8Array(buffer, atB, 16).map((_, i) => (i * 13) % 128);
  const result = new Int32Array(buffer, atSums, DOT_VECTORS * 4);
  const expected = result.map((_, lane) => {
    const products = [0, 1, 2, 3].map((i) => left[lane * 4 + i]! * right[(lane % 4) * 4 + i]!);
    return lane * 1000 + products.reduce((sum, product) => sum + product, 0);
  });
  new Int8Array(buffer).set(left);
  new Int8Array(buffer).set(right, atB);
  result.forEach((_, lane) => (result[lane] = lane * 1000));
  (exports['dot'] as () => void)();
  return result.every((value, lane) => value === expected[lane]);
}

function sharedMemoryIsUsable(): boolean {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

let detected: Capabilities | undefined;

/**
 * The capabilities of the running engine; found once (well under a millisecond), then remembered.
 * @param again asks the engine anew, for a process that has switched its flags
 */
export function detectCapabilities(again = false): Capabilities {
  if (detected === undefined || again) {
    const hasRelaxed = validates(relaxedSimd);
    detected = Object.freeze({
      simd: validates(simd),
      relaxedSimd: hasRelaxed,
      relaxedDot: hasRelaxed && relaxedDotIsRight(),
      threads: sharedMemoryIsUsable(),
      bulkMemory: validates(bulkMemory),
    });
  }
  return detected;
}
