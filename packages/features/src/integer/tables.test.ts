import { describe, expect, test } from 'vitest';
import { MFCC98X13, SPEC98X40 } from './config.ts';
import { frontEndTables } from './tables.ts';

/** FNV-1a over the bytes of a table. */
function checksum(table: ArrayBufferView): string {
  const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
  return (bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0).toString(16);
}

describe('the tables of the default front end', () => {
  const { cosine, ...tables } = frontEndTables(MFCC98X13);

  test('are the same integers in every engine and every version', () => {
    const sums = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, checksum(table)]));
    expect({ ...sums, matrix: checksum(cosine!.matrix), offsets: checksum(cosine!.offsets), shift: cosine!.shift }).toMatchInlineSnapshot(`
      {
        "curve": "86f8747c",
        "log2": "44e71ee6",
        "matrix": "f26fd1dd",
        "melCounts": "2e21f400",
        "melStarts": "10165c2",
        "melWeights": "368b3d1f",
        "offsets": "2c1cf40d",
        "reversal": "b1afb7c5",
        "shift": 13,
        "sine": "2f003842",
        "window": "fd349935",
      }
    `);
  });

  test('hold what their formats say', () => {
    tables.window.forEach((value, i) => expect(Math.abs(value - 32768 * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / 480)))).toBeLessThanOrEqual(1));
    tables.sine.forEach((value, k) => expect(Math.abs(value - 32768 * Math.sin((2 * Math.PI * k) / 512))).toBeLessThanOrEqual(1));
    tables.log2.forEach((value, i) => expect(value).toBe(Math.round(32768 * Math.log2(1 + i / 64))));
    tables.curve.forEach((value, i) => expect(value).toBe(Math.min(Math.round(128 * (20.29 * Math.log(1 + 0.0728 * 2 ** (i / 8)) - 11.32)), 32767)));
    expect(tables.reversal.slice(0, 6)).toEqual(Uint16Array.of(0, 128, 64, 192, 32, 160));
    expect(frontEndTables(SPEC98X40).cosine).toBeUndefined();
  });

  test('fit a microcontroller', () => {
    const bytes = Object.values(frontEndTables(SPEC98X40)).reduce((sum, table) => sum + (table as ArrayBufferView).byteLength, 0);
    expect(bytes).toBeLessThan(4096);
  });
});

test('the cosine matrix uses 32 bits and not more', () => {
  for (const gain of [0.01, 1, 64]) {
    const config = { ...MFCC98X13, gains: MFCC98X13.gains.map(() => gain), offsets: MFCC98X13.offsets.map(() => -4096) };
    const { matrix, offsets } = frontEndTables(config).cosine!;
    offsets.forEach((offset, k) => {
      const most = matrix.subarray(k * 40, (k + 1) * 40).reduce((sum, weight) => sum + Math.abs(weight) * 32768, Math.abs(offset));
      expect(most).toBeLessThan(2 ** 31);
    });
  }
});
