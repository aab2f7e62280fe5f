/**
 * Activations for the kernels that walk along K: unpacked bytes `[k][stride]` → bits, one row of words per frame,
 * `[frame][wordRowBytes(k)]`, bit k of a frame at bit k % 8 of byte k >> 3, the rest of the last 128-bit word 0.
 *
 * Eight rows of bytes become one row of bytes of bits, all frames of a register at once: b = 2·b + x, from row 7 down to
 * row 0; then each byte goes to its frame. A single frame of stride 1 is already contiguous along K and needs no turning.
 */
import { type Expr, i16x8, i32, i64, i8x16, type Local, v128 } from '@bitvox/wasm';
import { type RunBuilder, roundUp } from './kernel.ts';

/** Bytes of the bits of one frame: whole 128-bit words. */
export const wordRowBytes = (k: number): number => roundUp(k, 128) / 8;

/** Frames that are turned together. */
const VECTOR_FRAMES = { simd: 16, scalar: 8 } as const;

/** Bytes that {@link packFrameWords} writes for at most `t` frames. */
export function frameWordBytes(k: number, t: number, form: 'simd' | 'scalar'): number {
  return (t < VECTOR_FRAMES[form] ? t : roundUp(t, VECTOR_FRAMES[form])) * wordRowBytes(k);
}

/** Emits the packing of `frames` frames at `x` into `scratch`; `form` says whether vectors may be used. */
export function packFrameWords(run: RunBuilder, k: number, t: number, scratch: number, form: 'simd' | 'scalar'): void {
  const { frames, xStride } = run.params;
  const pad = wordRowBytes(k) - Math.ceil(k / 8);
  const general = (): void => {
    const lanes = Math.min(t, VECTOR_FRAMES[form]);
    const to = run.let(i32.const(scratch));
    const first = run.let(i32.const(0));
    run.doWhile(
      () => {
        if (pad > 0) clearLastWords(run, k, lanes, to);
        if (form === 'simd') turnVectors(run, k, lanes, to, first);
        else turnWords(run, k, lanes, to, first);
        run.set(to, i32.add(to, lanes * wordRowBytes(k)));
        run.set(first, i32.add(first, lanes));
      },
      () => i32.ltS(first, frames),
    );
  };
  run.if(
    i32.and(i32.eq(xStride, 1), i32.eq(frames, 1)),
    () => {
      if (pad > 0) clearLastWords(run, k, 1, run.let(i32.const(scratch)));
      if (form === 'simd') packVectors(run, k, scratch);
      else packBytes(run, k, scratch);
    },
    general,
  );
}

function clearLastWords(run: RunBuilder, k: number, lanes: number, to: Local<'i32'>): void {
  for (let lane = 0; lane < lanes; lane++) {
    run.do(i64.store(to, 0n, (lane + 1) * wordRowBytes(k) - 16));
    run.do(i64.store(to, 0n, (lane + 1) * wordRowBytes(k) - 8));
  }
}

/** Runs `step` for every full byte of bits, then once more for the rows that are left. */
function everyByte(run: RunBuilder, k: number, step: (rows: number) => void): void {
  const bytes = k >> 3;
  if (bytes > 0) {
    const left = run.let(i32.const(bytes));
    run.doWhile(
      () => {
        step(8);
        run.set(left, i32.sub(left, 1));
      },
      () => left,
    );
  }
  if (k % 8 > 0) step(k % 8);
}

function turnVectors(run: RunBuilder, k: number, lanes: number, to: Local<'i32'>, first: Local<'i32'>): void {
  const { x, xStride } = run.params;
  const from = run.let(i32.add(x, first));
  const out = run.let<'i32'>(to);
  const [bits, row] = [run.local('v128'), run.locals('v128', 8)];
  everyByte(run, k, (rows) => {
    for (let r = 0; r < rows; r++) {
      run.set(row[r]!, v128.load(from));
      run.set(from, i32.add(from, xStride));
    }
    // Bytes past the last frame may hold anything; sums of bytes keep them in their own frame, which nobody reads.
    run.set(bits, row[rows - 1]!);
    for (let r = rows - 2; r >= 0; r--) run.set(bits, i8x16.add(i8x16.add(bits, bits), row[r]!));
    for (let lane = 0; lane < lanes; lane++) run.do(v128.store8Lane(out, bits, lane, lane * wordRowBytes(k)));
    run.set(out, i32.add(out, 1));
  });
}

function turnWords(run: RunBuilder, k: number, lanes: number, to: Local<'i32'>, first: Local<'i32'>): void {
  const { x, xStride } = run.params;
  const from = run.let(i32.add(x, first));
  const out = run.let<'i32'>(to);
  const bits = run.local('i64');
  everyByte(run, k, (rows) => {
    run.set(bits, i64.const(0n));
    for (let r = 0; r < rows; r++) {
      // Bytes past the last frame may hold anything; masked, they cannot carry into the frames beside them.
      const row = i64.and(i64.load(from), 0x0101_0101_0101_0101n);
      run.set(bits, i64.or(bits, i64.shl(row, BigInt(r))));
      run.set(from, i32.add(from, xStride));
    }
    for (let lane = 0; lane < lanes; lane++) {
      run.do(i32.store8(out, i32.wrapI64(i64.shrU(bits, BigInt(8 * lane))), lane * wordRowBytes(k)));
    }
    run.set(out, i32.add(out, 1));
  });
}

function packVectors(run: RunBuilder, k: number, scratch: number): void {
  const from = run.let<'i32'>(run.params.x);
  const out = run.let(i32.const(scratch));
  const mask = (): Expr<'i32'> => i8x16.bitmask(i16x8.shl(v128.load(from), 7));
  if (k >= 16) {
    const end = run.let(i32.add(from, k & ~15));
    run.doWhile(
      () => {
        run.do(i32.store16(out, mask()));
        run.set(from, i32.add(from, 16));
        run.set(out, i32.add(out, 2));
      },
      () => i32.ltU(from, end),
    );
  }
  if (k % 16 > 0) run.do(i32.store16(out, i32.and(mask(), (1 << (k % 16)) - 1)));
}

function packBytes(run: RunBuilder, k: number, scratch: number): void {
  const from = run.let<'i32'>(run.params.x);
  const out = run.let(i32.const(scratch));
  // The product brings bit 0 of byte i to bit 56 + i: no two of the 64 partial products meet.
  const gather = (rows: number): Expr<'i32'> => {
    const bytes = i64.and(i64.load(from), 0x0101_0101_0101_0101n & ((1n << BigInt(8 * rows)) - 1n));
    return i32.wrapI64(i64.shrU(i64.mul(bytes, 0x0102_0408_1020_4080n), 56n));
  };
  everyByte(run, k, (rows) => {
    run.do(i32.store8(out, gather(rows)));
    run.set(from, i32.add(from, 8));
    run.set(out, i32.add(out, 1));
  });
}
