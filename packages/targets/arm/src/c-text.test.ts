import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comment, identifier, Names, numberLines, stringLiteral } from './c-text.ts';

test('any name becomes an identifier', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => /^[A-Za-z]\w{0,40}$/.test(identifier(name))));
  expect(['block-0/memory', '9 lives', '', 'größe'].map(identifier)).toEqual(['block_0_memory', 'n9_lives', 'n', 'gr_e']);
});

test('no text ends a comment, continues a line or is a trigraph', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('*', '/', '?', '\\', '\n', 'a', '"', '\r', 'ü')), (characters) => {
      const text = `/* ${comment(characters.join(''))} */`;
      return text.indexOf('*/') === text.length - 2 && !text.slice(2).includes('/*') && /^[\x20-\x7e]*$/.test(text) && !/\?\?|\\\n/.test(text);
    }),
  );
  expect(comment('64 -> 128 channels (i8)')).toBe('64 -> 128 channels (i8)');
});

test('a string literal holds the bytes of its text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const literal = stringLiteral(text);
      expect(literal).toMatch(/^"(?:[A-Za-z0-9 _.,:;+()<>=-]|\\[0-7]{3})*"$/);
      const bytes = Array.from(literal.slice(1, -1).matchAll(/\\([0-7]{3})|(.)/g), ([, octal, character]) =>
        octal === undefined ? character!.codePointAt(0)! : Number.parseInt(octal, 8),
      );
      expect(bytes).toEqual([...new TextEncoder().encode(text)]);
    }),
  );
});

test('names are never given twice', () => {
  const names = new Names();
  expect(['a', 'a', 'b', 'a', 'a_2'].map((name) => names.take(name))).toEqual(['a', 'a_2', 'b', 'a_3', 'a_2_2']);
});

test('numbers fill lines and keep their values', () => {
  const text = numberLines([-1, 2 ** 31, 3], 'int64_t', '  ');
  expect(text).toBe('  INT64_C(-1), INT64_C(2147483648), INT64_C(3)');
  expect(numberLines([255], 'uint32_t', '')).toBe('0x000000ffu');
  expect(numberLines([-(2 ** 31)], 'int32_t', '')).toBe('-2147483647 - 1');
  const lines = numberLines(
    Int16Array.from({ length: 300 }, (_, at) => -at),
    'int16_t',
    '    ',
  ).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
  expect(lines.join('').split(',').map(Number)).toEqual(Array.from({ length: 300 }, (_, at) => 0 - at));
});
