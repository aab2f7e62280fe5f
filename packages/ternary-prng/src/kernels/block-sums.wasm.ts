/** The rows of a block over all frames, in tiles as wide as registers allow. */
import { type FunctionBuilder, i32, type ModuleBuilder } from '@bitvox/wasm';
import { ELEMENT_SHIFT, type TernaryElement, VECTOR_BYTES } from './lanes.ts';
import { emitRowSums, type RowSums, type TernaryDirection } from './row-sums.wasm.ts';

/** Vectors of a tile, widest first, the last one 1: as many sums as registers allow. Results do not depend on it. */
const TILE_VECTORS = [8, 6, 4, 2, 1] as const;

export type BlockSums = FunctionBuilder<{ readonly rowBytes: 'i32' } & RowSums['signature'], 'void'>;

/** Declares `blockSums(list, end, x, y, rowBytes, stride)`. */
export function emitBlockSums(module: ModuleBuilder, element: TernaryElement, direction: TernaryDirection): BlockSums {
  const tiles = TILE_VECTORS.map((vectors) => ({ bytes: vectors * VECTOR_BYTES, sums: emitRowSums(module, element, direction, vectors) }));
  const frame = { bytes: 1 << ELEMENT_SHIFT[element], sums: emitRowSums(module, element, direction, 0) };
  const f = module.function('blockSums', { list: 'i32', end: 'i32', x: 'i32', y: 'i32', rowBytes: 'i32', stride: 'i32' }, { exported: false });
  const { list, end, x, y, rowBytes, stride } = f.params;
  const at = f.local('i32');
  const tile = (sums: RowSums): void => f.do(module.call(sums, { list, end, x: i32.add(x, at), y: i32.add(y, at), stride }));
  const tilesWhileTheyFit = ({ bytes, sums }: typeof frame): void =>
    f.while(
      () => i32.leU(i32.add(at, bytes), rowBytes),
      () => {
        tile(sums);
        f.set(at, i32.add(at, bytes));
      },
    );

  tiles.forEach(tilesWhileTheyFit);
  if (direction === 'forward') {
    // The last vector ends with the last frame; frames that it has in common with the one before get the same sums again.
    f.if(i32.and(i32.ltU(at, rowBytes), i32.geU(rowBytes, VECTOR_BYTES)), () => {
      f.set(at, i32.sub(rowBytes, VECTOR_BYTES));
      tile(tiles.at(-1)!.sums);
      f.set(at, rowBytes);
    });
  }
  tilesWhileTheyFit(frame);
  return f;
}
