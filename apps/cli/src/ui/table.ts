/** Plain tables: columns padded to their widest cell, no lines, two spaces between. */
import { padEnd, padStart, type Style, widthOf } from './style.ts';

/** A column. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** The table as lines; the titles are dimmed. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): readonly string[] {
  const widths = columns.map(({ title }, index) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (columns[index]?.align === 'right' ? padStart(cell, widths[index]!) : padEnd(cell, widths[index]!)))
      .join('  ')
      .trimEnd();
  const titles = columns.some(({ title }) => title !== '') ? [style('dim', line(columns.map(({ title }) => title)))] : [];
  return [...titles, ...rows.map(line)];
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar of a share of `width` characters, in steps of an eighth. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}
