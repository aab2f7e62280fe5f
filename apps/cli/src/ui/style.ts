/** Colours that are absent when the terminal does not want them, and widths that ignore them. */
import { stripVTControlCharacters, styleText } from 'node:util';

/** Ways to set text off. */
export type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

/** Puts text in a tone. */
export type Style = (tone: Tone | readonly Tone[], text: string) => string;

/** Styles for a terminal with or without colours. */
export function styleFor(color: boolean): Style {
  if (!color) return (_, text) => text;
  return (tone, text) => styleText(typeof tone === 'string' ? tone : [...tone], text, { validateStream: false });
}

/** Characters that a text takes in a terminal. */
export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Pads at the end to a width, counting what is seen. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Pads at the start to a width, counting what is seen. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Breaks a text into lines of at most `width` characters, between words. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A paragraph: wrapped, every line indented by two. */
export function paragraph(text: string, columns: number): readonly string[] {
  return wrap(text, Math.max(20, columns - 2)).map((line) => `  ${line}`);
}
