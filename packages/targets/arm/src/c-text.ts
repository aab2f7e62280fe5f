/**
 * Pieces of C text: names and comments out of strings that strangers chose, arrays of numbers, indentation.
 * Invariant: whatever the input, an identifier is an identifier, a comment ends where it should, a string is one token.
 */

/** Integer types of constant arrays, with their size in bytes. */
export const INTEGER_BYTES = { int8_t: 1, uint8_t: 1, int16_t: 2, uint16_t: 2, int32_t: 4, uint32_t: 4, int64_t: 8 } as const;

/** A type of the elements of a constant array. */
export type IntegerType = keyof typeof INTEGER_BYTES;

/** Types that may stand in the state, whose alignment is at most that of a word. */
export type WordType = Exclude<IntegerType, 'int64_t'>;

/** A constant array. */
export interface ConstArray {
  /** What it is, such as `signs`; the name of the step is put before it. */
  readonly role: string;
  readonly type: IntegerType;
  readonly values: ArrayLike<number>;
  /** Sizes of its axes with their meaning, such as `256 outputs x 4 words`. */
  readonly shape: string;
}

/** A name as part of an identifier: letters, digits and underscores, at most 40 of them. */
export function identifier(name: string): string {
  const clean = name
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 40);
  return clean === '' || /^\d/.test(clean) ? `n${clean}` : clean;
}

/** Text inside a comment: one line of printable ASCII that can neither end the comment nor be a trigraph or a continued line. */
export function comment(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .replaceAll(/[*/?\\]{2,}|\\$/g, ' ')
    .replaceAll('*/', ' ')
    .slice(0, 300);
}

/** A string literal; bytes of UTF-8 outside of printable ASCII become octal escapes. */
export function stringLiteral(text: string): string {
  const escaped = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCodePoint(byte);
    return /[A-Za-z0-9 _.,:;+()<>=-]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

function numberText(value: number, type: IntegerType): string {
  if (type === 'uint32_t') return `0x${value.toString(16).padStart(8, '0')}u`;
  // The most negative 32-bit number has no literal of its own.
  if (type === 'int32_t' && value === -(2 ** 31)) return '-2147483647 - 1';
  return type === 'int64_t' ? `INT64_C(${value})` : String(value);
}

/** Numbers as lines of an initialiser, each at most 110 characters. */
export function numberLines(values: ArrayLike<number>, type: IntegerType, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (let at = 0; at < values.length; at++) {
    const text = numberText(values[at]!, type) + (at + 1 < values.length ? ',' : '');
    if (line !== '' && line.length + text.length > 108 - indent.length) {
      lines.push(line);
      line = '';
    }
    line += (line === '' ? '' : ' ') + text;
  }
  return [...lines, line].map((row) => indent + row).join('\n');
}

/** Indents every line that is not empty. */
export function indent(text: string, by = '    '): string {
  return text.replaceAll(/^(?=.)/gm, by);
}

/** Names that are not taken yet: a number is appended where one is. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[] = []) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}_${number}`;
    this.#taken.add(name);
    return name;
  }
}
