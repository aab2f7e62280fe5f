/**
 * Dense layers of 1-bit weights times signs by tables, finished in the same pass over the rows of the weights: accumulators never go to memory, unless
 * storing them is what finishing means. Of two terms it takes 8 frames a call, of one term 16.
 *
 * `rows` windows lie above each other, each with its own pointers to the rows it reads; all use the same weights.
 */
import { i16x8, i32, type Local, v128 } from '@bitvox/wasm';
import { type Combination, combination } from './combination.ts';
import { blockKernel, type Kernel, pointers, repeat } from './kernel.ts';
import { buildTables, isHalved, sumRow, type TermTables } from './term-tables.ts';
import { sixteenBit } from './requantizer.ts';
import { LANES, type LanesKind, lanesName, lanesParameters, valueLanes } from './value-lanes.ts';

/** The leading parameters, before those of the lanes. `second`: bytes to the second half of the lanes; `factors`: address of `q` of 8 frames. */
const PARAMETERS = ['x', 'second', 'pointers', 'weights', 'planes', 'rows', 'factors', 'channels', 'frames'] as const;

/** A product of a grouping with an epilogue; `combined` is `null` for inputs of one term, whose second half is the next 8 frames. */
export function tableProduct(tables: TermTables, combined: Combination | null, lanesKind: LanesKind): Kernel {
  const { match, depth, group } = tables;
  const halved = isHalved(tables);
  const combinedName = combined === null ? ['one'] : [combined.one, combined.shift];
  const name = ['product', `${depth}by${group}`, match, ...combinedName, lanesName(lanesKind)].join('_');
  const parameters: readonly string[] = [...PARAMETERS, ...lanesParameters(lanesKind)];
  return blockKernel(
    name,
    parameters,
    (f, parameter, base) => {
      const p = parameter as { readonly [K in (typeof PARAMETERS)[number]]: Local<'i32'> };
      const [index, pointer, rows, planes] = pointers(f, 4);
      const lanes = valueLanes(f, parameter, lanesKind, p);
      const { halves, emit } = sumRow(f, tables, index, base);

      const finishOne = (half: Local<'v128'>): void => {
        if (halved) f.set(half, i16x8.shl(half, 1));
        lanes.frames(sixteenBit(half));
      };
      const finishing = (): (() => void) => {
        if (combined === null) {
          return () => {
            finishOne(halves[0]);
            f.if(i32.gtS(p.frames, LANES), () => finishOne(halves[1]));
          };
        }
        const { factors, combine } = combination(f, combined, halved);
        factors(f.let(v128.load(p.factors)));
        return () => lanes.frames(combine(halves));
      };

      const finish = finishing();
      f.set(pointer, p.pointers);
      f.set(rows, p.rows);
      repeat(f, rows, () => {
        buildTables(f, tables, p.x, p.second, pointer, base);
        f.set(index, p.weights);
        f.set(planes, p.planes);
        repeat(f, planes, () => {
          emit();
          lanes.channel();
          finish();
          lanes.nextChannel();
        });
        lanes.nextRow();
      });
      lanes.end();
    },
    true,
  );
}
