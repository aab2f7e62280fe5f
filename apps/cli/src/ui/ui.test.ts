import { expect, test } from 'vitest';
import type { Terminal } from '../terminal.ts';
import { bytes, clock, duration, percent } from './format.ts';
import { startProgress } from './progress.ts';
import { padEnd, styleFor, widthOf, wrap } from './style.ts';
import { bar, table } from './table.ts';

const plain = styleFor(false);
const coloured = styleFor(true);

test('styles are absent without colours and invisible to widths', () => {
  expect(plain('red', 'word')).toBe('word');
  expect(coloured('red', 'word')).toContain('\u001B[31m');
  expect(widthOf(coloured(['red', 'bold'], 'wörd'))).toBe(4);
  expect(widthOf(padEnd(coloured('dim', 'ab'), 5))).toBe(5);
});

test('texts wrap between words', () => expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']));

test('tables align columns', () => {
  expect(
    table(
      [{ title: 'label' }, { title: 'clips', align: 'right' }],
      [
        ['yes', '7'],
        ['unknown', '1,024'],
      ],
      plain,
    ),
  ).toEqual(['label    clips', 'yes          7', 'unknown  1,024']);
});

test.each([
  [0, ''],
  [0.5, '████'],
  [0.57, '████▌'],
  [1, '████████'],
  [7, '████████'],
])('a bar of %d', (share, expected) => expect(bar(share, 8)).toBe(expected));

test('numbers are readable', () => {
  expect([999, 21_400, 9_500_000].map(bytes)).toEqual(['999 B', '21.4 KB', '9.5 MB']);
  expect([0.00085, 0.0123, 0.25, 45.12, 200].map(duration)).toEqual(['850 µs', '12.3 ms', '250 ms', '45.1 s', '3 min 20 s']);
  expect([7, 151].map(clock)).toEqual(['0:07', '2:31']);
  expect(percent(0.9531)).toBe('95.3 %');
});

function recordedProgress(interactive: boolean): { readonly run: (ticks: readonly number[]) => void; readonly text: () => string } {
  let text = '';
  let time = 0;
  const terminal = { err: (more: string) => (text += more), errColor: false, interactive } as unknown as Terminal;
  const progress = startProgress(terminal, 'Training', () => time);
  return {
    run: (ticks) => {
      for (const tick of ticks) {
        time = tick;
        progress.update(tick / 40_000, 'epoch 1/2');
      }
      progress.end('done');
    },
    text: () => text,
  };
}

test('progress is redrawn in a terminal and removed at its end', () => {
  const { run, text } = recordedProgress(true);
  run([0, 10, 20_000]);
  expect(text()).toContain('50 %  epoch 1/2  0:20 left');
  expect(text().match(/epoch/g)).toHaveLength(2);
  expect(text().endsWith('\r\u001B[2Kdone\n')).toBe(true);
});

test('progress is a line every ten seconds in a log, without control characters', () => {
  const { run, text } = recordedProgress(false);
  run([0, 1000, 10_000, 11_000, 20_000, 39_000]);
  expect(text()).toBe('Training 25 % epoch 1/2 (0:30 left)\nTraining 50 % epoch 1/2 (0:20 left)\nTraining 97 % epoch 1/2 (0:01 left)\ndone\n');
});
