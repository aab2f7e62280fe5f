/**
 * Blocks in a list of nodes: entries that come again with other numbers in their names are written once and counted.
 * Invariant: unfolding what was folded gives the same entries, and never more than the list may have.
 */
import { GraphError } from '../errors.ts';

/** A node in a file; what is left out follows from the rest of the list (`node-list.ts`). */
export interface Written {
  readonly name: string;
  readonly op?: string;
  readonly like?: string;
  readonly inputs?: readonly string[];
  readonly attributes?: object;
}

/** A node, or its name where nothing else is left of it. */
export type Entry = string | Written;

/** The last `repeat` entries again, `times` times, with numbers in names higher by `step` each time. */
export interface Repetition {
  readonly repeat: number;
  readonly times: number;
  readonly step: number;
}

/** A block of more nodes than this is written out. */
const LONGEST_BLOCK = 64;
const LARGEST_STEP = 4096;
/** What comes again has names and inputs of at most this many letters and names. */
const [LONGEST_NAME, MOST_INPUTS] = [256, 8];
/** Numbers in names are counted on up to here; a longer one is no count. */
const NUMBER = /\d{1,6}/;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const higher = (text: string, step: number): string => text.replace(NUMBER, (number) => String(Number(number) + step));
const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_NAME;

/** An entry with the numbers of its names higher, or `null` for something that is none; `like` names what was there before and stays. */
function shifted(entry: unknown, step: number): object | string | null {
  if (isName(entry)) return higher(entry, step);
  if (!isRecord(entry)) return null;
  // Only these fields, and names only of what names may be, because copies of a stranger's long ones would add up.
  const { name, op, like, inputs, attributes } = entry;
  const areInputs = inputs === undefined || (Array.isArray(inputs) && inputs.length <= MOST_INPUTS && inputs.every(isName));
  if (!isName(name) || !areInputs) return null;
  const again = { name: higher(name, step), op, like, inputs: (inputs as string[] | undefined)?.map((input) => higher(input, step)), attributes };
  return Object.fromEntries(Object.entries(again).filter(([, value]) => value !== undefined));
}

const numberOf = (entry: Entry): number => Number(NUMBER.exec(typeof entry === 'string' ? entry : entry.name)?.[0] ?? Number.NaN);

/** The entries with what repeats folded: at each place the shortest block that comes again. */
export function foldRepetitions(entries: readonly Entry[]): (Entry | Repetition)[] {
  const texts = entries.map((entry) => JSON.stringify(entry));
  const matches = (at: number, length: number, step: number): boolean => {
    if (at + length > entries.length) return false;
    for (let of = at; of < at + length; of++) if (JSON.stringify(shifted(entries[of - length]!, step)) !== texts[of]) return false;
    return true;
  };
  const repetitionAt = (at: number): Repetition | null => {
    for (let repeat = 1; repeat <= Math.min(at, LONGEST_BLOCK); repeat++) {
      const step = numberOf(entries[at]!) - numberOf(entries[at - repeat]!);
      if (!(step >= 1 && step <= LARGEST_STEP)) continue;
      let times = 0;
      while (matches(at + times * repeat, repeat, step)) times++;
      if (times > 0) return { repeat, times, step };
    }
    return null;
  };
  const folded: (Entry | Repetition)[] = [];
  for (let at = 0; at < entries.length;) {
    const repetition = repetitionAt(at);
    folded.push(repetition ?? entries[at]!);
    at += repetition === null ? 1 : repetition.repeat * repetition.times;
  }
  return folded;
}

/**
 * The entries of an untrusted list.
 * @throws GraphError `GRAPH_NODE` for a repetition that is none or would give more than `maximum` entries.
 */
export function unfoldRepetitions(list: readonly unknown[], maximum: number): unknown[] {
  const entries: unknown[] = [];
  for (const entry of list) {
    if (!isRecord(entry) || !Object.hasOwn(entry, 'repeat')) {
      entries.push(entry);
      continue;
    }
    const { repeat, times, step } = entry;
    const isCount = (value: unknown, most: number): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
    if (!isCount(repeat, entries.length) || !isCount(times, maximum) || !isCount(step, LARGEST_STEP) || entries.length + repeat * times > maximum) {
      const counts = JSON.stringify({ repeat, times, step }).slice(0, 80);
      throw new GraphError('GRAPH_NODE', `${counts} behind ${entries.length} nodes must give counts of at least 1 and at most ${maximum} nodes.`);
    }
    for (let count = repeat * times; count > 0; count--) {
      const again = shifted(entries.at(-repeat), step);
      if (again === null) throw new GraphError('GRAPH_NODE', `what is repeated behind ${entries.length} nodes is no list of nodes.`);
      entries.push(again);
    }
  }
  return entries;
}
