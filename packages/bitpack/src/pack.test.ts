import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BITPACK_ERRORS, BitpackError, type BitpackErrorCode, packSigns, rowBytes, signBits, unpackBits, unpackSigns } from './index.ts';

const matrix = fc
  .record({ rows: fc.integer({ min: 1, max: 9 }), columns: fc.integer({ min: 1, max: 70 }) })
  .chain(({ rows, columns }) =>
    fc.float32Array({ minLength: rows * columns, maxLength: rows * columns, noNaN: true }).map((values) => ({ rows, columns, values })),
  );

test('unpacking gives the signs back, and fill bits are 0', () => {
  const property = fc.property(matrix, ({ rows, columns, values }) => {
    const packed = packSigns(values, rows, columns);
    expect(packed.length).toBe(rows * rowBytes(columns));
    expect(Array.from(unpackSigns(packed, rows, columns))).toEqual(Array.from(values, (x) => (x >= 0 ? 1 : -1)));
    expect(unpackBits(packed, rows, columns)).toEqual(signBits(values));
    const ones = unpackBits(packed, rows, columns).reduce((sum, bit) => sum + bit, 0);
    expect(packed.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)).toBe(ones);
  });
  fc.assert(property, { numRuns: 100, seed: 1 });
});

test('bit order, and zero counts as +1 whatever its sign', () => {
  expect(Array.from(packSigns(Int8Array.of(1, -1, -1, -1, -1, -1, -1, -1, -1, 127, -128, 0), 1, 12))).toEqual([0x01, 0x0a]);
  expect(Array.from(packSigns(Float32Array.of(-0, 0, -1e-45, 1e-45, -Infinity, Infinity), 2, 3))).toEqual([0b011, 0b101]);
  expect(Array.from(unpackSigns(Uint8Array.of(0xf5), 1, 3))).toEqual([1, -1, 1]);
});

test('bad input is refused with a code that says what to do', () => {
  const actions: [string, () => unknown][] = [
    ['LENGTH', () => packSigns(new Int8Array(3), 2, 2)],
    ['SHAPE', () => packSigns(new Int8Array(0), 0, 2)],
    ['SHAPE', () => packSigns(new Int8Array(4), 1.5, 2)],
    ['NOT_A_NUMBER', () => packSigns(Float32Array.of(1, Number.NaN), 1, 2)],
    ['NOT_A_NUMBER', () => signBits(Float32Array.of(Number.NaN))],
    ['LENGTH', () => signBits(new Int8Array(4), new Uint8Array(3))],
    ['LENGTH', () => unpackBits(new Uint8Array(3), 2, 9)],
    ['SHAPE', () => unpackBits(new Uint8Array(3), 2 ** 30, 9)],
  ];
  for (const [name, action] of actions) {
    expect(action).toThrow(BitpackError);
    expect(action).toThrow(`[BITPACK_${name}]`);
    expect(action).toThrow(BITPACK_ERRORS[`BITPACK_${name}` as BitpackErrorCode].hint);
  }
});
