/**
 * Epilogues in WebAssembly, sixteen frames at a time: as functions over accumulators in memory, and as the last step of a kernel
 * that still has them in registers (`RowStore`). Constants lie in one record per channel, stage after stage.
 *
 * Rows are finished in whole steps: up to 15 frames beyond those asked for are read, and overwritten with anything.
 */
import { type Expr, type FunctionBuilder, i32, i8x16, type Local, ModuleBuilder, v128 } from '@bitvox/wasm';
import type { Epilogue, EpilogueSource } from './epilogue.ts';
import type { Accumulators } from './epilogue-integers.wasm.ts';
import { adds, pipelineOf, recordBytes } from './epilogue-pipelines.wasm.ts';

/** Frames that are finished together. */
export const FRAME_STEP = 16;

/** Formats of outputs and log2 of their bytes. */
const FORMAT_SHIFT = { packed: -3, bit: 0, sign: 0, i8: 0, i16: 1, f32: 2 } as const;
/** Bytes of so many frames, a multiple of 8. */
const bytesOf = (frames: number, shift: number): number => frames * 2 ** shift;
/** log2 of the bytes of an accumulator. */
const SOURCE_SHIFT = { i8: 0, i16: 1, i32: 2, f32: 2 } as const;

/** What happens to the accumulators of a kernel, row after row. The methods emit code. */
export interface RowStore {
  /** To row 0, from the frame at this column on. */
  readonly start: (column: Expr<'i32'> | number) => void;
  /** Before a row: its constants, and everything at its first frame. */
  readonly beginRow: () => void;
  /** Sixteen frames, `at` frames from where the row stands. */
  readonly finish: (z: Accumulators, at: number) => void;
  /** The row moves on by `frames`. */
  readonly advance: (frames: number) => void;
  /** To the next row. */
  readonly endRow: () => void;
}

/** Parameters of an epilogue after those of its kernel: addresses in bytes, strides in elements, of packed rows in bytes. */
export function epilogueSignature(epilogue: Epilogue): Readonly<Record<string, 'i32'>> {
  const residual = adds(epilogue) ? ['residual', 'residualStride'] : [];
  const outputs = epilogue.outputs.flatMap((_, index) => [`out${index}`, `out${index}Stride`]);
  return Object.fromEntries(['constants', ...residual, ...outputs].map((name) => [name, 'i32' as const]));
}

/** Rows that move along with the accumulators. */
interface Rows {
  readonly base: Local<'i32'>;
  /** In elements. */
  readonly stride: Local<'i32'>;
  /** log2 of the bytes of an element; below 0 the stride counts bytes. */
  readonly shift: number;
}

/** Emits the moves of rows; `cursors` are where they stand. */
function movingRows(f: FunctionBuilder, rows: readonly Rows[]) {
  const moving = rows.map(({ base, stride, shift }) => ({
    base,
    shift,
    bytes: f.let(shift < 0 ? stride : i32.shl(stride, shift)),
    row: f.local('i32'),
    cursor: f.local('i32'),
  }));
  return {
    cursors: moving.map(({ cursor }) => cursor),
    start: (column: Expr<'i32'> | number): void => {
      const frame = typeof column === 'number' ? i32.const(column) : column;
      for (const { row, base, shift } of moving) f.set(row, i32.add(base, shift < 0 ? i32.shrU(frame, -shift) : i32.shl(frame, shift)));
    },
    beginRow: (): void => moving.forEach(({ cursor, row }) => f.set(cursor, row)),
    advance: (frames: number): void => moving.forEach(({ cursor, shift }) => f.set(cursor, i32.add(cursor, bytesOf(frames, shift)))),
    endRow: (): void => moving.forEach(({ row, bytes }) => f.set(row, i32.add(row, bytes))),
  };
}

/** The store step of an epilogue in a function that has the parameters of {@link epilogueSignature}. */
export function rowStore(f: FunctionBuilder, epilogue: Epilogue, source: EpilogueSource): RowStore {
  const params = f.params as Readonly<Record<string, Local<'i32'>>>;
  const pipeline = pipelineOf(epilogue, source);
  const { load, finish } = pipeline.emit(f);
  const rows = (name: string, shift: number): Rows => ({ base: params[name]!, stride: params[`${name}Stride`]!, shift });
  const outputShifts = epilogue.outputs.map(({ format }) => FORMAT_SHIFT[format]);
  const residualShift = epilogue.kind === 'float' ? 2 : 1;
  const residual = adds(epilogue) ? [rows('residual', residualShift)] : [];
  const moving = movingRows(f, [...outputShifts.map((shift, index) => rows(`out${index}`, shift)), ...residual]);
  const constants = f.local('i32');
  return {
    start: (column) => {
      f.set(constants, params['constants']!);
      moving.start(column);
    },
    beginRow: () => {
      load(constants);
      moving.beginRow();
    },
    finish: (z, at) =>
      finish(
        z,
        (vector) => v128.load(moving.cursors.at(-1)!, (at << residualShift) + 16 * vector),
        (index, vector, value) => {
          const place = bytesOf(at, outputShifts[index]!) + 16 * vector;
          const isPacked = epilogue.outputs[index]!.format === 'packed';
          f.do(isPacked ? i32.store16(moving.cursors[index]!, i32.xor(i8x16.bitmask(value), 0xffff), place) : v128.store(moving.cursors[index]!, value, place));
        },
      ),
    advance: moving.advance,
    endRow: () => {
      f.set(constants, i32.add(constants, recordBytes(pipeline)));
      moving.endRow();
    },
  };
}

/** The store step without an epilogue: accumulators as they are. */
export function plainStore(f: FunctionBuilder, base: Local<'i32'>, stride: Local<'i32'>, accumulator: Exclude<EpilogueSource, 'i8'>): RowStore {
  const shift = SOURCE_SHIFT[accumulator];
  const { cursors, ...moves } = movingRows(f, [{ base, stride, shift }]);
  return { ...moves, finish: ({ vectors }, at) => vectors.forEach((vector, n) => f.do(v128.store(cursors[0]!, vector, (at << shift) + 16 * n))) };
}

/** The bytes of a module that exports `run(channels, z, zStride, frames, ...epilogueSignature)`. */
export function buildEpilogue(epilogue: Epilogue, source: EpilogueSource, shared: boolean): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(shared ? { from: 'import', shared: true, maximum: 65536 } : { from: 'import' });
  const signature = { channels: 'i32', z: 'i32', zStride: 'i32', frames: 'i32', ...epilogueSignature(epilogue) } as const;
  const f = module.function('run', signature) as unknown as FunctionBuilder;
  const { channels, z, zStride, frames } = f.params as Record<keyof typeof signature, Local<'i32'>>;
  const [from, left] = [f.local('i32'), f.local('i32')];
  const bytes = f.let(i32.shl(zStride!, SOURCE_SHIFT[source]));
  const vectors = f.locals('v128', source === 'i8' || source === 'i16' ? 2 : 4);
  const store = rowStore(f, epilogue, source);
  store.start(0);
  f.doWhile(
    () => {
      f.set(from, z!);
      f.set(left, frames!);
      store.beginRow();
      f.doWhile(
        () => {
          vectors.forEach((vector, n) => f.set(vector, source === 'i8' ? v128.load8x8S(from, 8 * n) : v128.load(from, 16 * n)));
          store.finish({ type: source === 'i8' ? 'i16' : source, vectors }, 0);
          store.advance(FRAME_STEP);
          f.set(from, i32.add(from, FRAME_STEP << SOURCE_SHIFT[source]));
          f.set(left, i32.sub(left, FRAME_STEP));
        },
        () => i32.gtS(left, 0),
      );
      store.endRow();
      f.set(z!, i32.add(z!, bytes));
      f.set(channels!, i32.sub(channels!, 1));
    },
    () => channels!,
  );
  return module.build();
}
