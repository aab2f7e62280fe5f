/** The constant part of every project: hand-written C, one file per part, of which only what a network uses is printed. */
import { PART_TEXTS } from './generated/parts.ts';

/** The name of a part: its file in `src/c` without the ending. */
export type PartName = keyof typeof PART_TEXTS;

const INCLUDE = /^#include "(\w+)\.h"\n+/gm;

/** Collects parts with those they include, each once and in order of use. */
export class PartList {
  readonly #names = new Set<PartName>();

  add(names: readonly PartName[]): void {
    for (const name of names) {
      if (this.#names.has(name)) continue;
      this.add(Array.from(PART_TEXTS[name].matchAll(INCLUDE), ([, included]) => included as PartName));
      this.#names.add(name);
    }
  }

  /** The C text of all parts. */
  text(): string {
    return Array.from(this.#names, (name) => PART_TEXTS[name].replaceAll(INCLUDE, '')).join('\n');
  }
}
