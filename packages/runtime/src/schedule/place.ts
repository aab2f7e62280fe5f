/**
 * Placing buffers that live at different times into one region: largest first, each at the lowest address where it overlaps
 * nothing that lives at the same time (greedy by size; Pisarchyk & Lee 2020).
 */

/** A buffer: first and last moment at which its contents matter, both included, and its size. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Addresses in the order of the intervals, and the size of the region. */
export interface Placement {
  readonly addresses: readonly number[];
  readonly bytes: number;
}

/** Places intervals; addresses are multiples of `alignment`. */
export function placeIntervals(intervals: readonly Interval[], alignment: number): Placement {
  const addresses = new Array<number>(intervals.length).fill(0);
  const placed: number[] = [];
  const order = intervals.map((_, index) => index).sort((a, b) => intervals[b]!.bytes - intervals[a]!.bytes || a - b);
  let top = 0;
  for (const index of order) {
    const { from, to, bytes } = intervals[index]!;
    const neighbours = placed.filter((other) => intervals[other]!.from <= to && intervals[other]!.to >= from).sort((a, b) => addresses[a]! - addresses[b]!);
    let address = 0;
    for (const other of neighbours) {
      if (addresses[other]! - address >= bytes) break;
      address = Math.max(address, Math.ceil((addresses[other]! + intervals[other]!.bytes) / alignment) * alignment);
    }
    addresses[index] = address;
    placed.push(index);
    top = Math.max(top, address + bytes);
  }
  return { addresses, bytes: top };
}
