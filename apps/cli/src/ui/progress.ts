/**
 * Progress on standard error. In a terminal one line is redrawn with a bar and the time that is left; elsewhere a line is written at most
 * every ten seconds, so that logs stay short. (The progress of @clack/prompts takes Ctrl-C for itself and ends the process, which would
 * lose the checkpoint; hence this one.)
 */
import type { Terminal } from '../terminal.ts';
import { clock } from './format.ts';
import { padEnd, styleFor } from './style.ts';
import { bar } from './table.ts';

const REDRAW_MILLISECONDS = 80;
const LOG_MILLISECONDS = 10_000;
const CLEAR_LINE = '\r\u001B[2K';
const BAR_WIDTH = 24;

/** A running progress. */
export interface Progress {
  /** Done so far, 0 to 1, and a few words about where it stands. */
  update(share: number, text: string): void;
  /** A line that stays, above the progress. */
  note(text: string): void;
  /** Removes the progress; `text` stays as its last line. */
  end(text?: string): void;
}

/** Starts a progress with a title. `now` is in milliseconds. */
export function startProgress(terminal: Terminal, title: string, now: () => number = () => performance.now()): Progress {
  const style = styleFor(terminal.errColor);
  const started = now();
  let shownAt = terminal.interactive ? -Infinity : started;
  let onScreen = false;

  const clear = (): void => {
    if (onScreen) terminal.err(CLEAR_LINE);
    onScreen = false;
  };
  const draw = (share: number, text: string, elapsed: number): void => {
    const left = share > 0.02 ? `${clock((elapsed / 1000) * (1 / share - 1))} left` : '';
    if (terminal.interactive) {
      const line = `${title} ${style('cyan', padEnd(bar(share, BAR_WIDTH), BAR_WIDTH))} ${String(Math.floor(share * 100)).padStart(3)} %  ${text}`;
      clear();
      terminal.err(`${line}  ${style('dim', left)}`);
      onScreen = true;
    } else terminal.err(`${title} ${Math.floor(share * 100)} % ${text}${left === '' ? '' : ` (${left})`}\n`);
  };

  return {
    update(share, text) {
      const time = now();
      if (time - shownAt < (terminal.interactive ? REDRAW_MILLISECONDS : LOG_MILLISECONDS)) return;
      shownAt = time;
      draw(share, text, time - started);
    },
    note(text) {
      clear();
      terminal.err(`${text}\n`);
    },
    end(text) {
      clear();
      if (text !== undefined) terminal.err(`${text}\n`);
    },
  };
}
