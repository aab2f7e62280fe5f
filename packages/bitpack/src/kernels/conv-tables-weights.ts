/**
 * What the table kernel of the convolution has in memory. Its weights: table offsets, u16 `[block][output][group][tap]`, each
 * saying the weights of a group and where its tap reads; the sources of the phases; which positions of each strip lie inside
 * the plane; and −channels × taps inside for every output pixel. Its scratch: the phases of a group, its tables, the sums of
 * a strip.
 */
import { gridSource, phaseLayout, SOURCE_BYTES, sourceBytes, tapPositions } from './conv-planes.ts';
import { type ConvShape, isInside, outputPair, type Tap, tapsOf } from './conv-shape.ts';
import { type ConvTablesPlan, entryOffset, lastGroups, rowEntries, tableBytes } from './conv-tables-plan.ts';
import { gridSlack } from './conv-grid.wasm.ts';
import { roundUp } from './kernel.ts';

/** Where everything lies. */
export interface ConvTablesLayout {
  /** Height and width of an output. */
  readonly height: number;
  readonly width: number;
  readonly taps: number;
  readonly phases: readonly Tap[];
  /** A phase of one channel, unpacked: its rows, their columns, its bytes. */
  readonly gridRows: number;
  readonly columns: number;
  readonly gridBytes: number;
  /** Addresses within the weights, behind the offsets, and their size. */
  readonly weights: { readonly sources: number; readonly inside: number; readonly base: number; readonly bytes: number };
  /** Addresses within the scratch, behind the phases of a group, and its size. */
  readonly scratch: { readonly tables: number; readonly sums: number; readonly bytes: number };
}

/** The layout of a plan. */
export function convTablesLayout(shape: ConvShape, plan: ConvTablesPlan): ConvTablesLayout {
  const [height, width] = outputPair(shape);
  const { phases, extraRows, columns } = phaseLayout(shape);
  const taps = tapsOf(shape).length;
  const rowsOf = (blocks: number, groups: number): number => shape.outputs * blocks * rowEntries(plan, taps, groups);
  const gridRows = plan.stripRows + extraRows;
  const gridBytes = roundUp(Math.max(gridRows * columns + gridSlack(columns, 1), plan.half + plan.phaseBytes), 16);
  const sources = roundUp(2 * (rowsOf(plan.blocks - 1, plan.blockGroups) + rowsOf(1, lastGroups(plan))), 16);
  const inside = sources + phases.length * SOURCE_BYTES;
  const base = inside + plan.strips * plan.entryBytes;
  const tables = plan.group * phases.length * gridBytes;
  const sums = tables + roundUp(tableBytes(plan), 16);
  return {
    height,
    width,
    taps,
    phases,
    gridRows,
    columns,
    gridBytes,
    weights: { sources, inside, base, bytes: base + 2 * height * width },
    scratch: { tables, sums, bytes: sums + shape.outputs * plan.blocks * 2 * plan.half },
  };
}

/** First output row of a strip: the last one moves back to end with the last row. */
const stripStart = (strip: number, { stripRows }: ConvTablesPlan, height: number): number => Math.min(strip * stripRows, height - stripRows);

/** @param values `[output][channel][tap]`, −1, 0 (ternary only) or +1 */
export function packConvTables(values: Int8Array, shape: ConvShape, plan: ConvTablesPlan): Uint8Array<ArrayBuffer> {
  const { height, width, taps, phases, columns, weights } = convTablesLayout(shape, plan);
  const bytes = new Uint8Array(weights.bytes);
  // The engine's memory is little-endian, whatever the machine that packs.
  const view = new DataView(bytes.buffer);
  packOffsets(values, shape, plan, view);
  bytes.set(sourceBytes(phases.map((phase) => gridSource(shape, columns, phase))), weights.sources);

  const counts = (row: number, column: number, tap: Tap): boolean => shape.rule !== 'zero' || isInside(shape, row, column, tap);
  for (let strip = 0; strip < plan.strips; strip++) {
    phases.forEach((phase, n) => {
      const nibble = (position: number): number => Number(counts(stripStart(strip, plan, height) + Math.floor(position / columns), position % columns, phase));
      for (let i = 0; i < plan.phaseBytes; i++) {
        bytes[weights.inside + strip * plan.entryBytes + n * plan.phaseBytes + i] = nibble(i) | (nibble(i + plan.half) << 4);
      }
    });
  }
  const all = tapsOf(shape);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const counted = shape.rule === 'zero' ? all.filter((tap) => counts(Math.floor(pixel / width), pixel % width, tap)).length : taps;
    view.setInt16(weights.base + 2 * pixel, -shape.channels * counted, true);
  }
  return bytes;
}

/** What fills a row points at the line of zeros, which is at 0. */
function packOffsets(values: Int8Array, shape: ConvShape, plan: ConvTablesPlan, view: DataView): void {
  const { radix, group, groups, blockGroups, phaseBytes } = plan;
  const positions = tapPositions(shape, phaseLayout(shape));
  const taps = positions.length;
  let at = 0;
  for (let firstGroup = 0; firstGroup < groups; firstGroup += blockGroups) {
    const blockSize = Math.min(blockGroups, groups - firstGroup);
    const fill = 2 * (rowEntries(plan, taps, blockSize) - blockSize * taps);
    for (let output = 0; output < shape.outputs; output++, at += fill) {
      for (let q = 0; q < blockSize; q++) {
        const first = (firstGroup + q) * group;
        positions.forEach(({ phase, position }, tap) => {
          let entry = 0;
          for (let channel = Math.min(first + group, shape.channels) - 1; channel >= first; channel--) {
            const value = values[(output * shape.channels + channel) * taps + tap]!;
            entry = radix * entry + (radix === 2 ? Number(value > 0) : value + 1);
          }
          view.setUint16(at, entryOffset(plan, q, entry) + phase * phaseBytes + position, true);
          at += 2;
        });
      }
    }
  }
}
