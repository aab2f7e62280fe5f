/**
 * CSV as in RFC 4180: fields separated by commas, rows by line ends, fields in double quotes may hold both and doubled quotes.
 * Invariant: every row has as many fields as the header.
 */
import { DatasetError } from '../errors.ts';

/** A row by column name. */
export type CsvRow = Readonly<Record<string, string>>;

/**
 * Rows of a CSV text with a header row, in order. Empty lines and a byte order mark are skipped.
 *
 * @param name used in errors
 * @throws DatasetError DATASET_CSV with the number of the row
 */
export function parseCsv(text: string, name?: string): CsvRow[] {
  const [columns, ...rows] = splitCsv(text, name);
  if (columns === undefined) throw new DatasetError('DATASET_CSV', 'no header row', { file: name });
  if (new Set(columns).size !== columns.length) throw new DatasetError('DATASET_CSV', `the header ${columns.join(',')} with a column twice`, { file: name });
  return rows.map((fields, index) => {
    if (fields.length !== columns.length)
      throw new DatasetError('DATASET_CSV', `${fields.length} fields of ${columns.length} in data row ${index + 1}`, { file: name });
    const row: Record<string, string> = Object.create(null);
    for (let column = 0; column < columns.length; column++) row[columns[column]] = fields[column];
    return row;
  });
}

/** CSV text of rows; fields are quoted where they must be, lines end in a line feed. */
export function formatCsv(columns: readonly string[], rows: readonly CsvRow[]): string {
  const lines = rows.map((row) => columns.map((column) => quote(row[column] ?? '')).join(','));
  return [columns.map(quote).join(','), ...lines, ''].join('\n');
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function splitCsv(text: string, name: string | undefined): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let position = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const plain = /[^,\r\n"]*/y;
  while (position < text.length) {
    let field: string;
    if (text[position] === '"') {
      let close = text.indexOf('"', position + 1);
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
      if (close < 0) throw new DatasetError('DATASET_CSV', `a quote without end in row ${rows.length + 1}`, { file: name });
      field = text.slice(position + 1, close).replaceAll('""', '"');
      position = close + 1;
    } else {
      plain.lastIndex = position;
      field = plain.exec(text)?.[0] ?? '';
      position += field.length;
    }
    row.push(field);
    const separator = text[position];
    if (separator === ',') {
      position++;
      // A comma at the very end opens one more, empty, field.
      if (position === text.length) row.push('');
      else continue;
    } else if (separator !== undefined && separator !== '\n' && separator !== '\r') {
      throw new DatasetError('DATASET_CSV', `a quote within a field in row ${rows.length + 1}`, { file: name });
    }
    position += separator === '\r' && text[position + 1] === '\n' ? 2 : 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
