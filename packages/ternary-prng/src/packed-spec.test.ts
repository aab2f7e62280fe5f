import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packSpec, ternaryMatrix, ternaryMatrixSpec, unpackSpec } from './index.ts';
import { specs } from './specs.fixture.ts';

const spec = ternaryMatrixSpec({ seed: -42, path: ['mix', 3], rows: 64, columns: 128, density: 1 / 8 });

describe('packed spec', () => {
  test('golden bytes', () => {
    const hex = Array.from(packSpec(spec), (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(hex).toBe('010102004000800000000010d6ffffffffffffff0203006d0069007800010300000000000000');
    expect(hex.length / 2).toBe(20 + 3 + 2 * 3 + 9);
    expect(packSpec({ ...spec, path: [] })).toHaveLength(20);
  });

  test('there and back; also through JSON; the matrix is the same', () => {
    fc.assert(
      fc.property(specs(), (spec) => {
        const density = Math.max(1, Math.round(spec.density * 2 ** 31)) / 2 ** 31;
        const unpacked = unpackSpec(packSpec(spec));
        expect(unpacked).toEqual({ ...spec, density });
        expect(packSpec(unpacked)).toEqual(packSpec(spec));
        expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
        expect(ternaryMatrix(unpacked)).toEqual(ternaryMatrix(spec));
      }),
      { numRuns: 60 },
    );
  });

  test('bytes of a stranger give a spec or a coded error, and never a different one', () => {
    const bytes = packSpec(spec);
    for (let length = 0; length < bytes.length; length++)
      expect(() => unpackSpec(bytes.slice(0, length))).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_PACKED' }));
    expect(() => unpackSpec(Uint8Array.of(...bytes, 0))).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_PACKED' }));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const other = Uint8Array.from(bytes);
        other[at] = value;
        try {
          expect(packSpec(unpackSpec(other))).toEqual(other);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^TERNARY_PRNG_(PACKED|SPEC)$/) });
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    { seed: 0.5 },
    { rows: 0 },
    { rows: 65536 },
    { columns: 1.5 },
    { columns: 1 },
    { rows: 65535, columns: 65535 },
    { density: 0 },
    { density: 1.01 },
    { density: Number.NaN },
    { density: '1' },
    { generator: 'other' },
    { path: 'mix' },
    { path: [0.5] },
    { path: Array.from({ length: 256 }, () => 1) },
  ])('refuses %j', (field) => {
    expect(() => ternaryMatrixSpec({ ...spec, ...field } as never)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_SPEC' }));
  });
});
