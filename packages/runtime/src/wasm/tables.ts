/** Constants of channels as kernels read them, one record after the other in the order in which channels are visited. */
import type { Comparison, Requantization, Split } from '../program.ts';
import { VALUE_TABLE_BYTES } from './kernels/value-lanes.ts';

type Order = readonly number[];

/** Multiplier (of 32-bit arithmetic its 16 bits alone), shift and offset. */
export function valueTable({ arithmetic, multipliers, offsets, shifts }: Requantization, order: Order): Uint8Array {
  const table = new DataView(new ArrayBuffer(order.length * VALUE_TABLE_BYTES));
  order.forEach((channel, position) => {
    const at = position * VALUE_TABLE_BYTES;
    table.setInt32(at, arithmetic === 'narrow' ? multipliers[channel]! & 0xffff : multipliers[channel]!, true);
    table.setInt32(at + 4, shifts[channel]!, true);
    table.setBigInt64(at + 8, BigInt(offsets[channel]!), true);
  });
  return new Uint8Array(table.buffer);
}

/** Limit and flip. */
export function comparisonTable({ limits, flips }: Comparison, order: Order): Int16Array {
  return Int16Array.from(order.flatMap((channel) => [limits[channel]!, flips[channel]!]));
}

/** Limit and offset. */
export function splitTable({ limits, offsets }: Split, order: Order): Int16Array {
  return Int16Array.from(order.flatMap((channel) => [limits[channel]!, offsets[channel]!]));
}
