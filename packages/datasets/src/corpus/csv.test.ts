import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCsv, parseCsv } from './csv.ts';

test('what is formatted is parsed back, whatever the fields hold', () => {
  const columns = ['file', 'label', 'a "quoted", column'];
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ü', '漢') });
  const row = fc.tuple(field, field, field).map((fields) => Object.fromEntries(columns.map((column, index) => [column, fields[index]])));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.boolean(), (rows, mark) => {
      const text = `${mark ? '\ufeff' : ''}${formatCsv(columns, rows)}`;
      expect(parseCsv(text).map((parsed) => ({ ...parsed }))).toEqual(rows);
    }),
  );
});

test('line ends of any kind, a missing last one, empty lines, empty last fields', () => {
  const wanted = [
    { a: '1', b: 'x' },
    { a: '2', b: '' },
  ];
  for (const text of ['a,b\n1,x\n2,\n', 'a,b\r\n1,x\r\n2,', 'a,b\r1,x\r\r2,', '\n\na,b\n\n1,x\n"2",""\n\n'])
    expect(parseCsv(text).map((row) => ({ ...row }))).toEqual(wanted);
});

test('JSON within a quoted field', () => {
  expect(parseCsv('file,slots\nx.flac,"{""size"": ""small, hot""}"\n')[0]['slots']).toBe('{"size": "small, hot"}');
});

test.each([
  ['', 'no header row'],
  ['a,a\n', 'a column twice'],
  ['a,b\n1\n', '1 fields of 2 in data row 1'],
  ['a,b\n1,2,3\n', '3 fields of 2'],
  ['a,b\n1,"2\n', 'a quote without end in row 2'],
  ['a,b\n1,2"\n', 'a quote within a field in row 2'],
  ['a,b\n1,"2"x\n', 'a quote within a field in row 2'],
])('%j is refused: %s', (text, reason) => {
  expect(() => parseCsv(text, 'm.csv')).toThrow(expect.objectContaining({ code: 'DATASET_CSV', file: 'm.csv', message: expect.stringContaining(reason) }));
});
