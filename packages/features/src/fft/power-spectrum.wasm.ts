/**
 * The power spectrum of `power-spectrum.ts` as WebAssembly, bit for bit: one module per size, twiddles and buffers in its own memory.
 * The first pass works on four groups at once and transposes; later passes work on four values of one group.
 */
import { type Expr, type FunctionBuilder, f32, f32x4, i32, ModuleBuilder, v128 } from '@bitvox/wasm';
import { AddressSpace, evenLanes, mirrored, oddLanes, transposed } from '../vectors.wasm.ts';
import type { PowerSpectrum, Turns } from './power-spectrum.ts';

type Vector = Expr<'v128'>;
type Complex = readonly [real: Vector, imaginary: Vector];

/** Addresses in bytes; a plane is n float32 values, the real plane is followed by the imaginary one. */
interface Layout {
  readonly n: number;
  readonly input: number;
  readonly planes: readonly [number, number];
  /** Six planes (cos, sin of 1, 2, 3 times the turn), n / 4 values each. */
  readonly firstTwiddles: number;
  /** Six values for every group of every later pass. */
  readonly laterTwiddles: number;
  /** cos, then sin of 2 pi k / size, k = 1 .. n / 2. */
  readonly splitTwiddles: number;
  readonly output: number;
  readonly bytes: number;
}

function layoutOf(size: number): Layout {
  const n = size / 2;
  const space = new AddressSpace();
  const addresses = {
    input: space.take(4 * size),
    planes: [space.take(8 * n), space.take(8 * n)] as const,
    firstTwiddles: space.take(6 * n),
    laterTwiddles: space.take(6 * n),
    splitTwiddles: space.take(4 * n),
    output: space.take(4 * (n + 1)),
  };
  return { n, ...addresses, bytes: space.bytes };
}

/** The four outputs of a radix-4 butterfly before their twiddles. */
function butterfly(f: FunctionBuilder, inputs: readonly Complex[]): Complex[] {
  const add = (a: Vector, b: Vector): Vector => f.let(f32x4.add(a, b));
  const sub = (a: Vector, b: Vector): Vector => f.let(f32x4.sub(a, b));
  const [x0, x1, x2, x3] = inputs;
  const [even, difference] = [
    [add(x0[0], x2[0]), add(x0[1], x2[1])],
    [sub(x0[0], x2[0]), sub(x0[1], x2[1])],
  ];
  const odd = [add(x1[0], x3[0]), add(x1[1], x3[1])];
  const turned = [sub(x1[1], x3[1]), sub(x3[0], x1[0])];
  return [
    [add(even[0], odd[0]), add(even[1], odd[1])],
    [add(difference[0], turned[0]), add(difference[1], turned[1])],
    [sub(even[0], odd[0]), sub(even[1], odd[1])],
    [sub(difference[0], turned[0]), sub(difference[1], turned[1])],
  ];
}

/** (x + i y) (c - i s) */
function rotated(f: FunctionBuilder, [x, y]: Complex, c: Vector, s: Vector): Complex {
  const [cosine, sine] = [f.let(c), f.let(s)];
  return [f.let(f32x4.add(f32x4.mul(x, cosine), f32x4.mul(y, sine))), f.let(f32x4.sub(f32x4.mul(y, cosine), f32x4.mul(x, sine)))];
}

function firstPass(module: ModuleBuilder, { n, input, planes, firstTwiddles }: Layout) {
  const f = module.function('first-pass', {}, { exported: false });
  const builder = f as unknown as FunctionBuilder;
  const at = f.local('i32');
  f.doWhile(
    () => {
      const from = f.let(i32.shl(at, 1));
      const inputs = [0, 1, 2, 3].map((p): Complex => {
        const [low, high] = [f.let(v128.load(from, input + 2 * n * p)), f.let(v128.load(from, input + 2 * n * p + 16))];
        return [f.let(evenLanes(low, high)), f.let(oddLanes(low, high))];
      });
      const outputs = butterfly(builder, inputs).map((sum, q) => {
        const twiddles = firstTwiddles + 2 * n * (q - 1);
        return q === 0 ? sum : rotated(builder, sum, v128.load(at, twiddles), v128.load(at, twiddles + n));
      });
      const to = f.let(i32.shl(at, 2));
      for (const part of [0, 1] as const) {
        transposed(
          builder,
          outputs.map((output) => output[part]),
        ).forEach((column, lane) => f.do(v128.store(to, column, planes[0] + 4 * n * part + 16 * lane)));
      }
      f.set(at, i32.add(at, 16));
    },
    () => i32.ltU(at, n),
  );
  return f;
}

/** `pass(from, to, stride, twiddles)`: a radix-4 pass of stride >= 4; `stride` in bytes. */
function laterPass(module: ModuleBuilder, { n }: Layout) {
  const f = module.function('pass', { from: 'i32', to: 'i32', stride: 'i32', twiddles: 'i32' }, { exported: false });
  const builder = f as unknown as FunctionBuilder;
  const { from, to, stride, twiddles } = f.params;
  const end = f.let(i32.add(from, n));
  const groupEnd = f.local('i32');
  f.doWhile(
    () => {
      const turns = [0, 4, 8, 12, 16, 20].map((offset) => f.let(v128.load32Splat(twiddles, offset)));
      f.set(groupEnd, i32.add(from, stride));
      f.doWhile(
        () => {
          const inputs = [0, 1, 2, 3].map((p): Complex => [f.let(v128.load(from, n * p)), f.let(v128.load(from, n * p + 4 * n))]);
          const address = f.let(to);
          butterfly(builder, inputs).forEach((sum, q) => {
            const output = q === 0 ? sum : rotated(builder, sum, turns[2 * q - 2], turns[2 * q - 1]);
            f.do(v128.store(address, output[0]));
            f.do(v128.store(address, output[1], 4 * n));
            f.set(address, i32.add(address, stride));
          });
          f.set(from, i32.add(from, 16));
          f.set(to, i32.add(to, 16));
        },
        () => i32.ltU(from, groupEnd),
      );
      // The group wrote four strides; `to` has moved by one of them.
      f.set(to, i32.add(to, i32.mul(stride, 3)));
      f.set(twiddles, i32.add(twiddles, 24));
    },
    () => i32.ltU(from, end),
  );
  return f;
}

function lastRadix2(f: FunctionBuilder, n: number, from: number, to: number): void {
  const at = f.local('i32');
  f.doWhile(
    () => {
      for (const plane of [0, 4 * n]) {
        const [a, b] = [f.let(v128.load(at, from + plane)), f.let(v128.load(at, from + plane + 2 * n))];
        f.do(v128.store(at, f32x4.add(a, b), to + plane));
        f.do(v128.store(at, f32x4.sub(a, b), to + plane + 2 * n));
      }
      f.set(at, i32.add(at, 16));
    },
    () => i32.ltU(at, 2 * n),
  );
}

function split(f: FunctionBuilder, { n, splitTwiddles, output }: Layout, plane: number): void {
  const square = (x: Vector, y: Vector): Vector => {
    const [a, b] = [f.let(x), f.let(y)];
    return f32x4.mul(f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b)), f32x4.constSplat(0.25));
  };
  const [real, imaginary] = [plane, plane + 4 * n];
  for (const [at, sum] of [
    [0, f32.add(f32.load(0, real), f32.load(0, imaginary))],
    [4 * n, f32.sub(f32.load(0, real), f32.load(0, imaginary))],
  ] as const) {
    const edge = f.let(f32.mul(2, sum));
    f.do(f32.store(at, f32.mul(f32.mul(edge, edge), 0.25), output));
  }
  const [k, m] = [f.let(i32.const(4)), f.let(i32.const(4 * (n - 4)))];
  f.doWhile(
    () => {
      const [realK, imaginaryK] = [f.let(v128.load(k, real)), f.let(v128.load(k, imaginary))];
      const [realM, imaginaryM] = [mirrored(f, v128.load(m, real)), mirrored(f, v128.load(m, imaginary))];
      const [c, s] = [f.let(v128.load(k, splitTwiddles - 4)), f.let(v128.load(k, splitTwiddles + 2 * n - 4))];
      const [sumReal, sumImaginary] = [f.let(f32x4.add(realK, realM)), f.let(f32x4.sub(imaginaryK, imaginaryM))];
      const [differenceReal, differenceImaginary] = [f.let(f32x4.sub(realK, realM)), f.let(f32x4.add(imaginaryK, imaginaryM))];
      const u = f.let(f32x4.sub(f32x4.mul(differenceImaginary, c), f32x4.mul(differenceReal, s)));
      const v = f.let(f32x4.add(f32x4.mul(differenceReal, c), f32x4.mul(differenceImaginary, s)));
      f.do(v128.store(k, square(f32x4.add(sumReal, u), f32x4.sub(sumImaginary, v)), output));
      // After the bins from below: the middle bin is written twice, and the reference keeps the second.
      f.do(v128.store(m, mirrored(f, square(f32x4.sub(sumReal, u), f32x4.add(sumImaginary, v))), output));
      f.set(k, i32.add(k, 16));
      f.set(m, i32.sub(m, 16));
    },
    () => i32.leU(k, 2 * n),
  );
}

function spectrumModule(layout: Layout): Uint8Array<ArrayBuffer> {
  const { n } = layout;
  const module = new ModuleBuilder({ from: 'own', minimum: Math.ceil(layout.bytes / 65536) });
  const first = firstPass(module, layout);
  const later = laterPass(module, layout);
  const f = module.function('compute', {}) as unknown as FunctionBuilder;
  f.do(module.call(first, {}));
  let [from, to] = layout.planes;
  let twiddles = layout.laterTwiddles;
  let stride = 4;
  for (; 4 * stride <= n; stride *= 4) {
    f.do(module.call(later, { from, to, stride: 4 * stride, twiddles }));
    [from, to] = [to, from];
    twiddles += (6 * n) / stride;
  }
  if (stride < n) {
    lastRadix2(f, n, from, to);
    from = to;
  }
  split(f, layout, from);
  return module.build();
}

/** The spectrum in WebAssembly. */
export function wasmSpectrum(size: number, turns: Turns): Pick<PowerSpectrum, 'input' | 'output' | 'compute'> {
  const layout = layoutOf(size);
  const { n } = layout;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(spectrumModule(layout)));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const first = new Float32Array(buffer, layout.firstTwiddles, (6 * n) / 4);
  for (let j = 0; j < n / 4; j++) {
    for (const q of [1, 2, 3]) {
      first[((2 * q - 2) * n) / 4 + j] = turns.cosine[2 * j * q];
      first[((2 * q - 1) * n) / 4 + j] = turns.sine[2 * j * q];
    }
  }
  const later: number[] = [];
  for (let stride = 4; 4 * stride <= n; stride *= 4) {
    for (let j = 0; j < n / 4 / stride; j++) for (const q of [1, 2, 3]) later.push(turns.cosine[2 * j * q * stride], turns.sine[2 * j * q * stride]);
  }
  new Float32Array(buffer, layout.laterTwiddles).set(later);
  new Float32Array(buffer, layout.splitTwiddles).set(turns.cosine.subarray(1, n / 2 + 1));
  new Float32Array(buffer, layout.splitTwiddles + 2 * n).set(turns.sine.subarray(1, n / 2 + 1));
  return {
    input: new Float32Array(buffer, layout.input, size),
    output: new Float32Array(buffer, layout.output, n + 1),
    compute: exports['compute'] as () => void,
  };
}
