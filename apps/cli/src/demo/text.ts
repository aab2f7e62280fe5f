/** How the demo shows what it found. Every function returns lines. */
import { type Model, summarize } from '@bitvox/graph';
import type { Matches } from '@bitvox/runtime';
import { bytes, duration, grouped, percent } from '../ui/format.ts';
import { paragraph, type Style } from '../ui/style.ts';
import { bar, table } from '../ui/table.ts';
import { type Mark, timeline } from '../ui/timeline.ts';
import { type Heard, NOT_REPORTED, type TestStream } from './listen.ts';
import { sizesByWidth } from './sizes.ts';

/** A numbered heading. */
export function heading(number: number, text: string, style: Style): readonly string[] {
  return ['', style(['bold', 'cyan'], `${number}  ${text}`)];
}

function heardMarks({ hits, falseAlarms, misses }: Matches): readonly Mark[] {
  const marks: readonly Mark[] = [
    ...hits.map(({ truth, detection }) => ({ time: truth.start / 1000, text: detection.label, tone: 'green' as const })),
    ...misses.map(({ start }) => ({ time: start / 1000, text: '—', tone: 'red' as const })),
    ...falseAlarms.map(({ label, time }) => ({ time: time / 1000, text: `!${label}`, tone: 'yellow' as const })),
  ];
  return marks.toSorted((a, b) => a.time - b.time);
}

/** The stream: truth above, what was heard below, then the counts. */
export function streamLines(stream: TestStream, { matches, seconds }: Heard, columns: number, style: Style): readonly string[] {
  const said = stream.truth.map(({ label, start }): Mark =>
    NOT_REPORTED.has(label) ? { time: start, text: '(other)', tone: 'dim' } : { time: start, text: label },
  );
  const words = matches.hits.length + matches.misses.length;
  const counts = [
    style('green', `${matches.hits.length} of ${words} words heard`),
    style('red', `${matches.misses.length} missed (—)`),
    style('yellow', `${matches.falseAlarms.length} false ${matches.falseAlarms.length === 1 ? 'alarm' : 'alarms'} (!)`),
  ];
  return [
    ...timeline(
      [
        { name: 'said', marks: said },
        { name: 'heard', marks: heardMarks(matches) },
      ],
      seconds,
      columns,
      style,
    ),
    `  ${counts.join(', ')} in ${duration(seconds)}`,
  ];
}

/** The size by bit width, against floats, and the work for a second of audio. */
export function sizeLines(model: Model, fileBytes: number, { seconds, work }: Heard, terminalColumns: number, style: Style): readonly string[] {
  const shares = sizesByWidth(model);
  const total = shares.reduce((sum, share) => sum + share.bytes, 0);
  const rows = shares.map(({ bits, numbers, bytes: count }) => [
    `${bits} bit`,
    grouped(numbers),
    bytes(count),
    style('cyan', bar(count / total, 24).padEnd(24)),
  ]);
  const columns = [{ title: 'width', align: 'right' }, { title: 'numbers', align: 'right' }, { title: 'size', align: 'right' }, { title: '' }] as const;
  const { floatBytes, macs, binaryMacs } = summarize(model.graph);
  return [
    ...table(columns, rows, style).map((line) => `  ${line}`),
    '',
    ...paragraph(
      `The file has ${style('bold', bytes(fileBytes))}, ${(floatBytes / fileBytes).toFixed(0)} times less than its parameters would take in 32-bit floats, with front end, labels and thresholds.`,
      terminalColumns,
    ),
    ...paragraph(`${percent(binaryMacs / macs, 0)} of ${grouped(macs)} multiplications a clip are on single bits.`, terminalColumns),
    ...paragraph(
      `A second of audio takes ${style('bold', duration(work / seconds))}: ${grouped(Math.round(seconds / work))} times faster than it is spoken.`,
      terminalColumns,
    ),
  ];
}

/** What to type next. */
export function nextLines(file: string, program: string, style: Style): readonly string[] {
  const commands = [
    [`inspect ${file}`, 'layers, widths, provenance'],
    [`eval ${file} mini --backend both`, 'both executors, identical scores'],
    [`run ${file} your-recording.wav`, 'your own voice'],
    ['train your-words/ --out yours.bitvox', 'folders of recordings, one per word'],
    ['--help', 'everything else'],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands.map(([command, purpose]) => `  ${program} ${command.padEnd(width)}  ${style('dim', purpose)}`);
}
