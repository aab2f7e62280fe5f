/**
 * Planes of rows. A graph numbers channels `plane * height + row`; a value is `[plane, batch, row, frame]`, so that a plane is one channel of a
 * two-dimensional convolution. Operations ask for the height they work with; where that changes, elements move.
 */
import { reshape } from '../ir/ops/reshape.ts';
import { transpose } from '../ir/ops/transpose.ts';
import type { Value } from '../ir/types.ts';

const SWAP = [0, 2, 1, 3];

/** The same channels in planes of `height` rows; `height` divides their number. */
export function inPlanes(x: Value, height: number): Value {
  const [planes, batch, rows, frames] = x.shape as [number, number, number, number];
  if (rows === height) return x;
  const channels = planes * rows;
  const single = rows === 1 ? x : reshape(transpose(x, SWAP), [channels, batch, 1, frames]);
  return height === 1 ? single : transpose(reshape(single, [channels / height, height, batch, frames]), SWAP);
}
