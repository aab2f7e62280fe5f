/**
 * A timeline: what was said above what was heard, over time from left to right, in as many rows as the width of the terminal asks for.
 * A mark that does not fit at its time moves to the right, or to the left at the end of a row; it never overwrites another.
 */
import { clock } from './format.ts';
import { padEnd, type Style, type Tone, widthOf } from './style.ts';

/** A word at a time in seconds. */
export interface Mark {
  readonly time: number;
  readonly text: string;
  readonly tone?: Tone;
}

/** A named line of marks. */
export interface Track {
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** Characters that a second takes at least, so that words of neighbouring clips fit. */
const COLUMNS_PER_SECOND = 4;

/** Columns of marks: each at its time, moved right so that none overwrites another, then left so that the last ones end within the row. */
function columnsOf(marks: readonly Mark[], start: number, columnsPerSecond: number, available: number): readonly number[] {
  const columns: number[] = [];
  let free = 0;
  for (const { time, text } of marks) {
    columns.push(Math.max(Math.round((time - start) * columnsPerSecond), free));
    free = columns.at(-1)! + widthOf(text) + 1;
  }
  let end = available;
  for (let at = marks.length - 1; at >= 0; at--) {
    columns[at] = Math.max(0, Math.min(columns[at]!, end - widthOf(marks[at]!.text)));
    end = columns[at]! - 1;
  }
  return columns;
}

function markLine(marks: readonly Mark[], columns: readonly number[], style: Style): string {
  let line = '';
  marks.forEach(({ text, tone }, at) => {
    const column = Math.max(columns[at]!, line === '' ? 0 : widthOf(line) + 1);
    line = padEnd(line, column) + (tone === undefined ? text : style(tone, text));
  });
  return line;
}

function ruler(start: number, seconds: number, columnsPerSecond: number): string {
  const every = [1, 2, 5, 10, 15, 30, 60].find((candidate) => candidate * columnsPerSecond >= 12) ?? 60;
  let line = '';
  for (let second = 0; second < seconds; second += every)
    line = padEnd(line, Math.round(second * columnsPerSecond)).replace(/ +$/, (gap) => '─'.repeat(gap.length)) + `┬${clock(start + second)}`;
  return line + '─'.repeat(Math.max(0, Math.round(seconds * columnsPerSecond) - widthOf(line)));
}

/** The timeline as lines of at most `columns` characters, unless a row has more words than fit into it. */
export function timeline(tracks: readonly Track[], seconds: number, columns: number, style: Style): readonly string[] {
  const names = Math.max(...tracks.map(({ name }) => name.length));
  const available = Math.max(20, columns - names - 4);
  const rows = Math.max(1, Math.ceil((seconds * COLUMNS_PER_SECOND) / available));
  const secondsPerRow = Math.ceil(seconds / rows);
  const columnsPerSecond = available / secondsPerRow;
  const lines: string[] = [];
  for (let start = 0; start < seconds; start += secondsPerRow) {
    const length = Math.min(secondsPerRow, seconds - start);
    lines.push(`  ${' '.repeat(names)}  ${style('dim', ruler(start, length, columnsPerSecond))}`);
    for (const { name, marks } of tracks) {
      const within = marks.filter(({ time }) => time >= start && time < start + secondsPerRow).toSorted((a, b) => a.time - b.time);
      lines.push(`  ${style('dim', name.padEnd(names))}  ${markLine(within, columnsOf(within, start, columnsPerSecond, available), style)}`.trimEnd());
    }
    lines.push('');
  }
  return lines;
}
