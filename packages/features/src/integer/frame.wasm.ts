/**
 * The frame of `frame.ts` as WebAssembly, bit for bit: one module for every shape of front end, its tables in its own memory.
 * Invariant: samples and window are followed by zeros up to a multiple of eight, so that whole vectors can be read.
 */
import { type Expr, type FunctionBuilder, i32, i32x4, i16x8, ModuleBuilder, v128 } from '@bitvox/wasm';
import { AddressSpace, anyLane, evenLanes, mirrored, oddLanes } from '../vectors.wasm.ts';
import { type FeatureConfig, valuesPerFrame } from './config.ts';
import type { FrameKernel } from './frame.ts';
import { levelFunctions, type LevelLayout } from './levels.wasm.ts';
import type { FrontEndTables } from './tables.ts';
import { groupOffsets, magnitudeOf, stageTwiddles, transformFunction, type TransformLayout } from './transform.wasm.ts';

/** Addresses in bytes, all multiples of 16. */
interface FrameLayout extends TransformLayout, LevelLayout {
  readonly samples: number;
  readonly window: number;
  readonly windowBytes: number;
  readonly splitCosine: number;
  readonly splitSine: number;
  readonly bytes: number;
}

function layoutOf(config: FeatureConfig, tables: FrontEndTables): FrameLayout {
  const space = new AddressSpace();
  const points = config.fft / 2;
  const windowBytes = (2 * config.window + 15) & ~15;
  const addresses = {
    samples: space.take(windowBytes),
    window: space.take(windowBytes),
    inputReal: space.take(4 * points),
    inputImaginary: space.take(4 * points),
    real: space.take(4 * points),
    imaginary: space.take(4 * points),
    groups: space.take(4 * points),
    twiddles: space.take(4 * stageTwiddles(points, tables.sine).length),
    splitCosine: space.take(2 * points),
    splitSine: space.take(2 * points),
    power: space.take(4 * (points + 1)),
    melStarts: space.take(4 * config.bands),
    melCounts: space.take(4 * config.bands),
    melWeights: space.take(tables.melWeights.byteLength),
    log2: space.take(tables.log2.byteLength),
    curve: space.take(tables.curve.byteLength),
    levels: space.take(2 * config.bands),
    output: space.take(valuesPerFrame(config)),
    matrix: space.take(tables.cosine?.matrix.byteLength ?? 0),
    offsets: space.take(tables.cosine?.offsets.byteLength ?? 0),
  };
  const cosine = tables.cosine === undefined ? {} : { coefficients: tables.cosine.offsets.length, matrixShift: tables.cosine.shift };
  return { points, windowBytes, bands: config.bands, ...addresses, ...cosine, bytes: space.bytes };
}

/** `split()`: the two halves of the real transform and their powers, four bins from each end at a time. */
function splitFunction(module: ModuleBuilder, layout: FrameLayout) {
  const f = module.function('split', {}, { exported: false });
  const builder = f as unknown as FunctionBuilder;
  const { points, real, imaginary, power } = layout;
  const k = f.let(i32.const(4));
  const m = f.let(i32.const(4 * (points - 4)));
  const half = f.let(i32x4.constSplat(8192));
  const square = (x: Expr<'v128'>, y: Expr<'v128'>): Expr<'v128'> => {
    const [a, b] = [f.let(i32x4.shrS(i32x4.add(x, half), 14)), f.let(i32x4.shrS(i32x4.add(y, half), 14))];
    return i32x4.add(i32x4.mul(a, a), i32x4.mul(b, b));
  };
  const [re, im] = [i32.load(0, real), i32.load(0, imaginary)];
  const edge = f.let(i32.add(re, im));
  f.do(i32.store(0, i32.mul(edge, edge), power));
  f.set(edge, i32.sub(re, im));
  f.do(i32.store(4 * points, i32.mul(edge, edge), power));
  f.doWhile(
    () => {
      const [realK, imaginaryK] = [f.let(v128.load(k, real)), f.let(v128.load(k, imaginary))];
      const [realM, imaginaryM] = [mirrored(builder, v128.load(m, real)), mirrored(builder, v128.load(m, imaginary))];
      const [c, s] = [f.let(v128.load(k, layout.splitCosine - 4)), f.let(v128.load(k, layout.splitSine - 4))];
      const sumReal = f.let(i32x4.shl(i32x4.add(realK, realM), 13));
      const sumImaginary = f.let(i32x4.shl(i32x4.sub(imaginaryK, imaginaryM), 13));
      const differenceReal = f.let(i32x4.sub(realK, realM));
      const differenceImaginary = f.let(i32x4.add(imaginaryK, imaginaryM));
      const u = f.let(i32x4.shrS(i32x4.sub(i32x4.mul(differenceImaginary, c), i32x4.mul(differenceReal, s)), 2));
      const v = f.let(i32x4.shrS(i32x4.add(i32x4.mul(differenceReal, c), i32x4.mul(differenceImaginary, s)), 2));
      f.do(v128.store(k, square(i32x4.add(sumReal, u), i32x4.sub(sumImaginary, v)), power));
      // After the bins from below: the middle bin is written twice, and the definition keeps the second.
      f.do(v128.store(m, mirrored(builder, square(i32x4.sub(sumReal, u), i32x4.add(sumImaginary, v))), power));
      f.set(k, i32.add(k, 16));
      f.set(m, i32.sub(m, 16));
    },
    () => i32.leU(k, 2 * points),
  );
  return f;
}

/** OR of the eight 16-bit lanes. */
function anyHalfLane(f: FunctionBuilder, value: Expr<'v128'>): Expr<'i32'> {
  const all = f.let(value);
  return [1, 2, 3, 4, 5, 6, 7].reduce<Expr<'i32'>>((or, lane) => i32.or(or, i16x8.extractLaneU(all, lane)), i16x8.extractLaneU(all, 0));
}

function frameModule(layout: FrameLayout): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ from: 'own', minimum: Math.ceil(layout.bytes / 65536) });
  const transform = transformFunction(module, layout);
  const split = splitFunction(module, layout);
  const levels = levelFunctions(module, layout);
  const f = module.function('frame', {});
  const at = f.local('i32');
  const magnitude = f.let(v128.zero());
  f.doWhile(
    () => {
      const x = f.let(v128.load(at, layout.samples));
      f.set(magnitude, v128.or(magnitude, v128.xor(x, i16x8.shrS(x, 15))));
      f.set(at, i32.add(at, 16));
    },
    () => i32.ltU(at, layout.windowBytes),
  );
  const shift = f.let(i32.sub(32, i32.clz(anyHalfLane(f, magnitude))));
  const half = f.let(i32x4.splat(i32.shrU(i32.shl(1, shift), 1)));
  f.set(at, 0);
  f.set(magnitude, v128.zero());
  f.doWhile(
    () => {
      const x = f.let(v128.load(at, layout.samples));
      const w = f.let(v128.load(at, layout.window));
      const low = f.let(i32x4.shrS(i32x4.add(i32x4.extmulLowI16x8S(x, w), half), shift));
      const high = f.let(i32x4.shrS(i32x4.add(i32x4.extmulHighI16x8S(x, w), half), shift));
      f.set(magnitude, v128.or(magnitude, v128.or(magnitudeOf(low), magnitudeOf(high))));
      f.do(v128.store(at, evenLanes(low, high), layout.inputReal));
      f.do(v128.store(at, oddLanes(low, high), layout.inputImaginary));
      f.set(at, i32.add(at, 16));
    },
    () => i32.ltU(at, layout.windowBytes),
  );
  const exponent = f.let(i32.sub(i32.add(shift, module.call(transform, { magnitude: anyLane(f, magnitude) })), 15));
  f.do(module.call(split, {}));
  f.do(module.call(levels, { exponent }));
  return module.build();
}

const modules = new Map<string, WebAssembly.Module>();

function compiled(layout: FrameLayout): WebAssembly.Module {
  const key = JSON.stringify(layout);
  const known = modules.get(key);
  if (known !== undefined) return known;
  // A handful of shapes is all that one program meets; the bound keeps a stream of foreign files from growing the cache.
  if (modules.size >= 16) modules.clear();
  const module = new WebAssembly.Module(frameModule(layout));
  modules.set(key, module);
  return module;
}

/** The frame in WebAssembly. Same bits as `referenceKernel`. */
export function wasmKernel(config: FeatureConfig, tables: FrontEndTables): FrameKernel {
  const layout = layoutOf(config, tables);
  const { exports } = new WebAssembly.Instance(compiled(layout));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const { points } = layout;
  new Int16Array(buffer, layout.window).set(tables.window);
  new Int32Array(buffer, layout.groups).set(groupOffsets(points, tables.reversal));
  new Int32Array(buffer, layout.twiddles).set(stageTwiddles(points, tables.sine));
  new Int32Array(buffer, layout.splitCosine).set(tables.sine.subarray(points / 2 + 1, points + 1));
  new Int32Array(buffer, layout.splitSine).set(tables.sine.subarray(1, points / 2 + 1));
  new Int32Array(buffer, layout.melStarts).set(tables.melStarts.map((start) => 4 * start));
  new Int32Array(buffer, layout.melCounts).set(tables.melCounts);
  new Uint16Array(buffer, layout.melWeights).set(tables.melWeights);
  new Uint16Array(buffer, layout.log2).set(tables.log2);
  new Int16Array(buffer, layout.curve).set(tables.curve);
  if (tables.cosine !== undefined) {
    new Int16Array(buffer, layout.matrix).set(tables.cosine.matrix);
    new Int32Array(buffer, layout.offsets).set(tables.cosine.offsets);
  }
  return {
    samples: new Int16Array(buffer, layout.samples, config.window),
    output: new Uint8Array(buffer, layout.output, valuesPerFrame(config)),
    compute: exports['frame'] as () => void,
  };
}
