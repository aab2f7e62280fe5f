/** Moving rows about: input frames to channel rows, padding, history, and windows with a stride to dense panels. */
import { f32, type FunctionBuilder, i32, i8x16, type Local, memory, v128, type V128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, overFrames, pointers, repeat } from './kernel.ts';

/** Bytes of two vectors in turn, in units of 1, 2 or 4 bytes: those of the low halves, or of the high halves. */
const interleave = (unit: number, half: 0 | 1): number[] =>
  Array.from({ length: 16 }, (_, at) => {
    const element = Math.floor(at / unit);
    return 8 * half + (element >> 1) * unit + (at % unit) + 16 * (element & 1);
  });

/** Rounds of interleaving that transpose 8 rows of 8 bytes; after the first, whose high halves are nothing, 4 vectors. */
function transpose(f: FunctionBuilder, rows: readonly Local<'v128'>[]): V128[] {
  const pairs = [0, 2, 4, 6].map((row) => f.let(v128.shuffle(rows[row]!, rows[row + 1]!, interleave(1, 0))));
  const quads = [0, 2].flatMap((pair) => ([0, 1] as const).map((half) => f.let(v128.shuffle(pairs[pair]!, pairs[pair + 1]!, interleave(2, half)))));
  return [0, 1].flatMap((quad) => ([0, 1] as const).map((half) => v128.shuffle(quads[quad]!, quads[quad + 2]!, interleave(4, half))));
}

/** Frames that are read at once, also behind the last. */
export const INPUT_FRAMES = 8;

/** Frames `[frame][band]` of bytes to rows `[band][time]` of `byte - 128`: 8 bands by 8 frames, then what is left of the bands one by one. */
export const inputI8: Kernel = kernel('input_i8', ['frames', 'count', 'bands', 'out', 'outStride'], (f, p) => {
  const [source, target, left, frame] = pointers(f, 4);
  const [rows, columns] = [f.locals('v128', 8), f.local('v128')];
  f.set(left, p.bands);
  f.while(
    () => i32.geU(left, 8),
    () => {
      f.set(source, p.frames);
      overFrames(f, frame, p.count, INPUT_FRAMES, () => {
        for (const row of rows) {
          f.set(row, v128.load64Zero(source));
          advance(f, source, p.bands);
        }
        f.set(target, i32.add(p.out, frame));
        for (const pair of transpose(f, rows)) {
          f.set(columns, v128.xor(pair, i8x16.constSplat(-128)));
          for (const half of [0, 1] as const) {
            f.do(v128.store64Lane(target, columns, half));
            advance(f, target, p.outStride);
          }
        }
      });
      advance(f, p.frames, 8);
      f.set(p.out, i32.add(p.out, i32.mul(p.outStride, 8)));
      f.set(left, i32.sub(left, 8));
    },
  );
  f.if(left, () => {
    repeat(f, left, () => {
      f.set(source, p.frames);
      overFrames(f, frame, p.count, 1, () => {
        f.do(i32.store8(i32.add(p.out, frame), i32.xor(i32.load8U(source), 0x80)));
        advance(f, source, p.bands);
      });
      advance(f, p.frames, 1);
      advance(f, p.out, p.outStride);
    });
  });
});

/** The same in f32, times the scale at address `scale`. */
export const inputF32: Kernel = kernel('input_f32', ['frames', 'count', 'bands', 'out', 'outStride', 'scale'], (f, p) => {
  const [source, target, left, rows] = pointers(f, 4);
  f.set(rows, p.bands);
  repeat(f, rows, () => {
    f.set(source, p.frames);
    f.set(target, p.out);
    f.set(left, p.count);
    repeat(f, left, () => {
      f.do(f32.store(target, f32.mul(f32.convertI32S(i32.sub(i32.load8U(source), 128)), f32.load(p.scale))));
      advance(f, target, 4);
      advance(f, source, p.bands);
    });
    advance(f, p.frames, 1);
    advance(f, p.out, p.outStride);
  });
});

/** Sets `count` bytes of each row to one byte: that of the row in `bytes`. A kernel per count, because paddings are few and short. */
export function fillRows(count: number): Kernel {
  return kernel(`fill_${count}`, ['out', 'stride', 'rows', 'bytes'], (f, p) => {
    const [target, left] = pointers(f, 2);
    const value = f.local('v128');
    const vectors = count >> 4;
    repeat(f, p.rows, () => {
      f.set(value, v128.load8Splat(p.bytes));
      f.set(target, p.out);
      if (vectors > 0) {
        f.set(left, vectors);
        repeat(f, left, () => {
          f.do(v128.store(target, value));
          advance(f, target, 16);
        });
      }
      let at = 0;
      for (const [bytes, store] of [
        [8, v128.store64Lane],
        [4, v128.store32Lane],
        [2, v128.store16Lane],
        [1, v128.store8Lane],
      ] as const) {
        if ((count & bytes) === 0) continue;
        f.do(store(target, value, 0, at));
        at += bytes;
      }
      advance(f, p.bytes, 1);
      advance(f, p.out, p.stride);
    });
  });
}

/** Moves `bytes` bytes of each row; source and target may overlap. */
export const moveRows: Kernel = kernel('move', ['out', 'from', 'stride', 'rows', 'bytes'], (f, p) => {
  repeat(f, p.rows, () => {
    f.do(memory.copy(p.out, p.from, p.bytes));
    advance(f, p.out, p.stride);
    advance(f, p.from, p.stride);
  });
});

/** Rows at `x + table[row]`, one element every `step` bytes, to rows of a panel without gaps. */
function gather(name: string, elementBytes: 1 | 4): Kernel {
  return kernel(name, ['x', 'table', 'rows', 'frames', 'step', 'panel', 'panelStride'], (f, p) => {
    const [source, target, left, frame] = pointers(f, 4);
    repeat(f, p.rows, () => {
      f.set(source, i32.add(p.x, i32.load(p.table)));
      f.set(target, p.panel);
      f.if(
        i32.eq(p.step, elementBytes),
        () => {
          overFrames(f, frame, p.frames, 16 / elementBytes, () => {
            f.do(v128.store(target, v128.load(source)));
            advance(f, target, 16);
            advance(f, source, 16);
          });
        },
        () => {
          f.set(left, p.frames);
          repeat(f, left, () => {
            f.do(elementBytes === 1 ? i32.store8(target, i32.load8U(source)) : i32.store(target, i32.load(source)));
            advance(f, target, elementBytes);
            advance(f, source, p.step);
          });
        },
      );
      advance(f, p.table, 4);
      advance(f, p.panel, p.panelStride);
    });
  });
}

export const gather8: Kernel = gather('gather_8', 1);

/** `gather8` for one fixed step: 16 elements at a time, out of `step` vectors. */
export function gather8By(step: number): Kernel {
  return kernel(`gather_8_by_${step}`, ['x', 'table', 'rows', 'frames', 'panel', 'panelStride'], (f, p) => {
    const [source, target, frame] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const orders = Array.from({ length: step }, (_, vector) => f.let(i8x16.const(Array.from({ length: 16 }, (__, lane) => laneOf(lane * step, vector)))));
    const taken = (vector: number): V128 => i8x16.swizzle(v128.load(source, 16 * vector), orders[vector]!);
    repeat(f, p.rows, () => {
      f.set(source, i32.add(p.x, i32.load(p.table)));
      f.set(target, p.panel);
      overFrames(f, frame, p.frames, 16, () => {
        f.do(
          v128.store(
            target,
            orders.slice(1).reduce((all, _, vector) => v128.or(all, taken(vector + 1)), taken(0)),
          ),
        );
        advance(f, target, 16);
        advance(f, source, 16 * step);
      });
      advance(f, p.table, 4);
      advance(f, p.panel, p.panelStride);
    });
  });
}

/** Where byte `at` is in a vector; -1, which selects nothing, if it is in another. */
const laneOf = (at: number, vector: number): number => (at >> 4 === vector ? at & 15 : -1);

export const gather32: Kernel = gather('gather_32', 4);
