/**
 * Level and mixing in the domain of log-mel pixels. A pixel p = a ln(1 + b sqrt(E)) - c stands for sqrt(E) = (exp((p + c) / a) - 1) / b, so a gain g
 * gives a ln(1 + g (exp((p + c) / a) - 1)) - c and two independent sounds add their energies; b cancels out.
 * Invariant: a pixel of 0 means nothing was there; no gain lifts it.
 */
import { DatasetError } from '../errors.ts';
import { amplitude } from './noise.ts';

/** `multiplier` is a, `offset` is c. */
export interface LevelScale {
  readonly multiplier: number;
  readonly offset: number;
}

/** The scale of the 98 × 40 spectrograms: pixel = 20.29 ln(1 + 0.0728 sqrt(E)) - 11.32. */
export const SPEC98X40_SCALE: LevelScale = { multiplier: 20.29, offset: 11.32 };

const levelTables = new Map<string, Uint8Array>();
const mixingTables = new Map<string, Uint8Array>();

/** New pixel by old pixel at a gain in decibels, 256 entries. @throws DatasetError DATASET_OPTION for a gain beyond ±60 dB */
export function levelTable(scale: LevelScale, decibels: number): Uint8Array {
  if (!(Math.abs(decibels) <= 60)) throw new DatasetError('DATASET_OPTION', `a gain of ${decibels} dB`);
  return cached(levelTables, `${scale.multiplier},${scale.offset},${decibels}`, () => {
    const gain = amplitude(decibels);
    return Uint8Array.from({ length: 256 }, (_, pixel) => (pixel === 0 ? 0 : toPixel(scale, gain * toMagnitude(scale, pixel))));
  });
}

/** Pixel of the sum of two sounds at `[pixel << 8 | other]`, 65,536 entries; symmetric. */
export function mixingTable(scale: LevelScale): Uint8Array {
  return cached(mixingTables, `${scale.multiplier},${scale.offset}`, () => {
    const magnitudes = Float64Array.from({ length: 256 }, (_, pixel) => toMagnitude(scale, pixel));
    return Uint8Array.from({ length: 65536 }, (_, pair) => {
      const first = pair >> 8;
      const second = pair & 255;
      if (first === 0 || second === 0) return first | second;
      return toPixel(scale, Math.sqrt(magnitudes[first] ** 2 + magnitudes[second] ** 2));
    });
  });
}

function toMagnitude(scale: LevelScale, pixel: number): number {
  return Math.exp((pixel + scale.offset) / scale.multiplier) - 1;
}

function toPixel(scale: LevelScale, magnitude: number): number {
  return Math.max(0, Math.min(255, Math.round(scale.multiplier * Math.log(1 + magnitude) - scale.offset)));
}

function cached(tables: Map<string, Uint8Array>, key: string, make: () => Uint8Array): Uint8Array {
  let table = tables.get(key);
  if (table === undefined) tables.set(key, (table = make()));
  return table;
}
