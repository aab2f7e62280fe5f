/** What a model stores, by the width of its numbers. */
import type { Model, TensorType } from '@bitvox/graph';

/** Numbers of one width. */
export interface WidthShare {
  readonly bits: number;
  readonly numbers: number;
  readonly bytes: number;
}

const BITS: Readonly<Record<TensorType, number>> = { b1: 1, i8: 8, f32: 32 };

/** Numbers and bytes of all tensors of a model, narrowest first. */
export function sizesByWidth({ tensors }: Model): readonly WidthShare[] {
  const shares = new Map<number, WidthShare>();
  for (const { type, shape, data } of tensors.values()) {
    const bits = BITS[type];
    const { numbers, bytes } = shares.get(bits) ?? { numbers: 0, bytes: 0 };
    shares.set(bits, { bits, numbers: numbers + shape.reduce((product, size) => product * size, 1), bytes: bytes + data.byteLength });
  }
  return [...shares.values()].toSorted((a, b) => a.bits - b.bits);
}
