/** Moving rows about: input frames to channel rows, padding, history, and windows with a stride to dense panels. */
import { f32, i32, i8x16, memory, v128, type V128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, overFrames, pointers, repeat } from './kernel.ts';

/** Frames `[frame][band]` of bytes to rows `[band][time]` of `byte - 128`. */
export const inputI8: Kernel = kernel('input_i8', ['frames', 'count', 'bands', 'out', 'outStride'], (f, p) => {
  const [source, target, left, rows] = pointers(f, 4);
  f.set(rows, p.bands);
  repeat(f, rows, () => {
    f.set(source, p.frames);
    f.set(target, p.out);
    f.set(left, p.count);
    repeat(f, left, () => {
      f.do(i32.store8(target, i32.xor(i32.load8U(source), 0x80)));
      advance(f, target, 1);
      advance(f, source, p.bands);
    });
    advance(f, p.frames, 1);
    advance(f, p.out, p.outStride);
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
