/**
 * Epilogues in WebAssembly, sixteen frames at a time: as the last step of a kernel, and as functions over accumulators in memory.
 * Constants lie in one record per channel, stage after stage.
 */
import { type FunctionBuilder, i32, i8x16, type Local, ModuleBuilder, v128 } from '@bitvox/wasm';
import type { Epilogue, EpilogueSource } from './epilogue.ts';
import { adds, pipelineOf, recordBytes } from './epilogue-pipelines.wasm.ts';
import { bytesOf, FRAME_STEP, type LastStep, movingRows, type Rows, type RowStore, SOURCE_SHIFT } from './row-store.wasm.ts';

/** Formats of outputs and log2 of their bytes. */
const FORMAT_SHIFT = { packed: -3, bit: 0, sign: 0, i8: 0, i16: 1, f32: 2 } as const;

/** Parameters of an epilogue after those of its kernel: addresses in bytes, strides in elements, of packed rows in bytes. */
function epilogueSignature(epilogue: Epilogue): Readonly<Record<string, 'i32'>> {
  const residual = adds(epilogue) ? ['residual', 'residualStride'] : [];
  const outputs = epilogue.outputs.flatMap((_, index) => [`out${index}`, `out${index}Stride`]);
  return Object.fromEntries(['constants', ...residual, ...outputs].map((name) => [name, 'i32' as const]));
}

function rowStore(f: FunctionBuilder, epilogue: Epilogue, source: EpilogueSource): RowStore {
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
    start: () => {
      f.set(constants, params['constants']!);
      moving.start();
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

/** An epilogue as the last step of a kernel. */
export const epilogueStep = (epilogue: Epilogue, source: EpilogueSource): LastStep => ({
  signature: epilogueSignature(epilogue),
  store: (f) => rowStore(f, epilogue, source),
});

/** The bytes of a module that exports `run(channels, z, zStride, frames, ...)`, behind them the parameters of the last step. */
export function buildEpilogue(epilogue: Epilogue, source: EpilogueSource, shared: boolean): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(shared ? { from: 'import', shared: true, maximum: 65536 } : { from: 'import' });
  const last = epilogueStep(epilogue, source);
  const signature = { channels: 'i32', z: 'i32', zStride: 'i32', frames: 'i32', ...last.signature } as const;
  const f = module.function('run', signature) as unknown as FunctionBuilder;
  const { channels, z, zStride, frames } = f.params as Record<keyof typeof signature, Local<'i32'>>;
  const [from, left] = [f.local('i32'), f.local('i32')];
  const bytes = f.let(i32.shl(zStride!, SOURCE_SHIFT[source]));
  const vectors = f.locals('v128', source === 'i8' || source === 'i16' ? 2 : 4);
  const store = last.store(f);
  store.start();
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
