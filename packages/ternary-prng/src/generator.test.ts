import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mix, Random } from './index.ts';

const seeds = fc.maxSafeInteger();
const paths = fc.array(fc.oneof(fc.maxSafeInteger(), fc.string()), { maxLength: 3 });

describe('golden values: these never change', () => {
  test('mix', () => {
    expect([0, 1, 2, 0xffffffff, 0x9e3779b9].map(mix)).toEqual([0, 114555507, 229111015, 3652544131, 3294826546]);
  });

  test('a stream', () => {
    const random = new Random(42, 'layer', 3);
    expect(Array.from({ length: 4 }, () => random.next())).toEqual([1348879798, 2599365260, 2216149362, 1997681591]);
    expect(Array.from({ length: 4 }, () => random.normal())).toEqual([0.19779044619595174, -2.34012265811544, 0.09479902339116573, 1.1457439308326753]);
    expect(random.position).toBe(14);
    expect([...random.shuffle(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7))]).toEqual([6, 1, 4, 7, 0, 5, 3, 2]);
    expect([new Random(0).next(), new Random(-1).at(123456789)]).toEqual([1121652133, 3472190058]);
  });
});

describe('addressing', () => {
  test('next walks the same numbers that at names, and position continues a stream', () => {
    fc.assert(
      fc.property(seeds, paths, fc.nat(1 << 30), (seed, path, start) => {
        const random = new Random(seed, ...path);
        random.position = start;
        for (let offset = 0; offset < 5; offset++) expect(random.next()).toBe(new Random(seed, ...path).at(start + offset));
      }),
    );
  });

  test('split appends to the path, whatever was drawn before', () => {
    fc.assert(
      fc.property(seeds, paths, paths, (seed, head, tail) => {
        const parent = new Random(seed, ...head);
        parent.next();
        expect(parent.split(...tail).at(7)).toBe(new Random(seed, ...head, ...tail).at(7));
      }),
    );
  });

  test('names that look alike give different streams', () => {
    const streams = [
      new Random(1),
      new Random(1, 1),
      new Random(1, '1'),
      new Random(1, 'ab'),
      new Random(1, 'a', 'b'),
      new Random(1, ''),
      new Random(2 ** 32 + 1),
      new Random(-1),
    ];
    expect(new Set(streams.map((stream) => stream.at(0))).size).toBe(streams.length);
  });

  test('a seed that is no safe integer is refused', () => {
    for (const seed of [Number.NaN, 0.5, 2 ** 53, Infinity]) {
      expect(() => new Random(seed)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_SEED' }));
    }
    expect(() => new Random(1, undefined as unknown as string)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_SEED' }));
  });
});

describe('distribution', () => {
  test('below is in range and flat, also where 2^32 is no multiple of the bound', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const draw = new Random(seed).below(bound);
        expect(Number.isInteger(draw) && draw >= 0 && draw < bound).toBe(true);
      }),
    );
    const random = new Random(7);
    const thirds = [0, 0, 0];
    for (let draw = 0; draw < 30_000; draw++) thirds[Math.floor(random.below(0xc000_0000) / 0x4000_0000)]++;
    for (const count of thirds) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
      expect(() => random.below(bound)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_RANGE' }));
  });

  test('every bit of neighbouring numbers is even, within a stream and across streams', () => {
    const count = 1 << 16;
    const streams = Array.from({ length: count }, (_, row) => new Random(5, 'row', row).at(0));
    const stream = new Random(5);
    const draws = Array.from({ length: count }, () => stream.next());
    for (const numbers of [draws, streams]) {
      for (let bit = 0; bit < 32; bit++) {
        let flips = 0;
        for (let index = 1; index < count; index++) flips += ((numbers[index] ^ numbers[index - 1]) >>> bit) & 1;
        expect(Math.abs(flips - count / 2)).toBeLessThan((5 * Math.sqrt(count)) / 2);
      }
    }
  });

  test('normal has the first four moments of the normal distribution', () => {
    const random = new Random(11);
    const count = 200_000;
    const moments = [0, 0, 0, 0];
    for (let draw = 0; draw < count; draw++) {
      const value = random.normal();
      for (let order = 0; order < 4; order++) moments[order] += value ** (order + 1) / count;
    }
    [0, 1, 0, 3].forEach((expected, order) => expect(Math.abs(moments[order] - expected)).toBeLessThan([0.012, 0.016, 0.045, 0.12][order]));
  });

  test('shuffle keeps the items and reaches every order', () => {
    const random = new Random(3);
    const orders = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(160);
  });
});
