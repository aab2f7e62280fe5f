import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitpackError, packRows, packSigns, rowBytes, unpackRows, WEIGHT_TYPES, type WeightType } from './index.ts';

const TYPES = Object.keys(WEIGHT_TYPES) as WeightType[];

describe.each(TYPES)('%s', (type) => {
  const { minimum, maximum, bits } = WEIGHT_TYPES[type];
  const value = type === '1' ? fc.constantFrom(-1, 1) : fc.integer({ min: minimum, max: maximum });
  const matrix = fc
    .record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 50 }) })
    .chain(({ rows, columns }) => fc.array(value, { minLength: rows * columns, maxLength: rows * columns }).map((values) => ({ rows, columns, values })));

  test('unpacking gives the weights back, from rows as long as they say', () => {
    const property = fc.property(matrix, ({ rows, columns, values }) => {
      const packed = packRows(Int8Array.from(values), rows, columns, type);
      expect(packed.length).toBe(rows * rowBytes(columns, type));
      expect(rowBytes(columns, type)).toBe(Math.ceil(Math.fround((columns * bits) / 8)));
      expect(Array.from(unpackRows(packed, rows, columns, type))).toEqual(values);
      expect(packRows(Float32Array.from(values), rows, columns, type)).toEqual(packed);
    });
    fc.assert(property, { numRuns: 60, seed: 1 });
  });

  test('every packed byte is refused or unpacks within the range', () => {
    for (let byte = 0; byte < 256; byte++) {
      const unpack = (): Int8Array => unpackRows(Uint8Array.of(byte), 1, 1, type);
      if (type === 'ternary' && byte > 242) expect(unpack).toThrow(/BITPACK_BYTE/);
      else expect(unpack()[0]).toSatisfy((got: number) => got >= minimum && got <= maximum);
    }
  });

  test('what the type cannot hold is refused with its place', () => {
    if (type === '1') return;
    for (const bad of [maximum + 1, minimum - 1, 0.5, Number.NaN, Infinity]) {
      expect(() => packRows(Float32Array.of(0, bad), 1, 2, type)).toThrow(/at index 1.*BITPACK_RANGE/);
    }
    expect(() => packRows(new Int8Array(3), 2, 2, type)).toThrow(/BITPACK_LENGTH/);
    expect(() => unpackRows(new Uint8Array(99), 2, 2, type)).toThrow(/BITPACK_LENGTH/);
    expect(() => packRows(new Int8Array(0), 0, 2, type)).toThrow(/BITPACK_SHAPE/);
  });
});

test('the bytes are what the layout says', () => {
  expect(Array.from(packRows(Int8Array.of(1, 0, -1, -1, 1, 1, 0), 1, 7, 'ternary'))).toEqual([2 + 3 + 2 * 81, 2 + 3]);
  expect(Array.from(packRows(Int8Array.of(-8, 7, -1), 1, 3, 'int4'))).toEqual([0x78, 0x0f]);
  expect(Array.from(packRows(Int8Array.of(-16, 15, 1), 1, 3, 'int5'))).toEqual([0b111_10000, 0b0_00001_01]);
  expect(Array.from(packRows(Int8Array.of(-128, 127), 2, 1, 'int8'))).toEqual([0x80, 0x7f]);
  expect(packRows(Float32Array.of(-0.2, 0, 3), 1, 3, '1')).toEqual(packSigns(Float32Array.of(-0.2, 0, 3), 1, 3));
});

test('an unknown type is refused', () => {
  expect(() => packRows(new Int8Array(1), 1, 1, 'int3' as WeightType)).toThrow(BitpackError);
  expect(() => unpackRows(new Uint8Array(1), 1, 1, 'toString' as WeightType)).toThrow(/"toString", wanted one of 1, ternary, int4.*BITPACK_TYPE/);
});
