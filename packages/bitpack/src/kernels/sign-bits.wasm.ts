/**
 * Signs → one byte 0 or 1 per element, sixteen at a time: 1 where value >= 0, as `signBits` in `pack.ts` says it.
 *
 * Exports `i8`, `i16` and `f32`, each `(from, to, count) → 1 if a NaN was met, else 0`; `count` a multiple of 16.
 */
import { f32x4, i16x8, i32, i8x16, ModuleBuilder, v128, type V128 } from '@bitvox/wasm';

type ElementType = 'i8' | 'i16' | 'f32';

/** Elements handled together; regions are rounded up to it. */
export const SIGN_ELEMENTS = 16;
const BYTES = { i8: 1, i16: 2, f32: 4 } as const;

/** Masks of sixteen elements at `load(n)`: all ones where value >= 0. */
function masks(type: ElementType, load: (n: number) => V128): V128 {
  if (type === 'i8') return i8x16.geS(load(0), v128.zero());
  if (type === 'i16') return i8x16.narrowI16x8S(i16x8.geS(load(0), v128.zero()), i16x8.geS(load(1), v128.zero()));
  const positive = (n: number): V128 => f32x4.ge(load(n), v128.zero());
  return i8x16.narrowI16x8S(i16x8.narrowI32x4S(positive(0), positive(1)), i16x8.narrowI32x4S(positive(2), positive(3)));
}

/** The bytes of the module; imports `env.memory`. */
export function buildSignBits(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  for (const type of ['i8', 'i16', 'f32'] as const) {
    const f = module.function(type, { from: 'i32', to: 'i32', count: 'i32' }, { result: 'i32' });
    const { from, to, count } = f.params;
    const loaded = f.locals('v128', BYTES[type]);
    const notNumbers = f.let(v128.zero());
    const end = f.let(i32.add(to, count));
    f.while(
      () => i32.ltU(to, end),
      () => {
        loaded.forEach((local, n) => f.set(local, v128.load(from, 16 * n)));
        if (type === 'f32') loaded.forEach((x) => f.set(notNumbers, v128.or(notNumbers, f32x4.ne(x, x))));
        const bits = masks(type, (n) => loaded[n]!);
        f.do(v128.store(to, v128.and(bits, i8x16.constSplat(1))));
        f.set(from, i32.add(from, SIGN_ELEMENTS * BYTES[type]));
        f.set(to, i32.add(to, SIGN_ELEMENTS));
      },
    );
    f.return(v128.anyTrue(notNumbers));
  }
  return module.build();
}
