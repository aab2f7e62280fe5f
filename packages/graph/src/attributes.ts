/** Reading attributes out of untrusted JSON: every access names the node, what was wanted and what was got. */
import { GraphError } from './errors.ts';

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

interface Tuples {
  2: readonly [number, number];
  4: readonly [number, number, number, number];
}

/** Reads the fields of one JSON object and refuses fields that nobody asked for. */
export class AttributeReader {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #node: string;
  readonly #prefix: string;
  readonly #seen = new Set<string>();

  constructor(value: unknown, node: string, prefix = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new GraphError('GRAPH_ATTRIBUTE', `${prefix || 'attributes'} must be an object, got ${show(value)}.`, node);
    }
    this.#record = value as Record<string, unknown>;
    this.#node = node;
    this.#prefix = prefix === '' ? '' : `${prefix}.`;
  }

  /** Throws the error for a bad field. */
  fail(field: string, wanted: string, got: unknown): never {
    throw new GraphError('GRAPH_ATTRIBUTE', `${this.#prefix}${field} must be ${wanted}, got ${show(got)}.`, this.#node);
  }

  #get(field: string): unknown {
    this.#seen.add(field);
    return Object.hasOwn(this.#record, field) ? this.#record[field] : undefined;
  }

  /** The raw value of a field, for nested readers. */
  raw(field: string): unknown {
    return this.#get(field);
  }

  integer(field: string, minimum: number, maximum: number): number {
    const value = this.#get(field);
    if (!Number.isInteger(value) || (value as number) < minimum || (value as number) > maximum)
      this.fail(field, `an integer from ${minimum} to ${maximum}`, value);
    return value as number;
  }

  number(field: string, minimum: number, maximum: number): number {
    const value = this.#get(field);
    if (typeof value !== 'number' || !(value >= minimum && value <= maximum)) this.fail(field, `a number from ${minimum} to ${maximum}`, value);
    return value as number;
  }

  optionalNumber(field: string, minimum: number, maximum: number): number | undefined {
    return this.#get(field) === undefined ? undefined : this.number(field, minimum, maximum);
  }

  boolean(field: string): boolean {
    const value = this.#get(field);
    if (typeof value !== 'boolean') this.fail(field, 'true or false', value);
    return value as boolean;
  }

  text(field: string, maximum: number): string {
    const value = this.#get(field);
    if (typeof value !== 'string' || value.length === 0 || value.length > maximum) this.fail(field, `a text of 1 to ${maximum} characters`, value);
    return value as string;
  }

  oneOf<const T extends readonly (string | number)[]>(field: string, choices: T): T[number] {
    const value = this.#get(field);
    if (!choices.includes(value as T[number])) this.fail(field, `one of ${choices.join(', ')}`, value);
    return value as T[number];
  }

  /** As many integers as `length` says, such as left and right padding. */
  tuple<const Length extends 2 | 4>(field: string, length: Length, minimum: number, maximum: number): Tuples[Length] {
    const value = this.#get(field);
    const good = Array.isArray(value) && value.length === length && value.every((v) => Number.isInteger(v) && v >= minimum && v <= maximum);
    if (!good) this.fail(field, `${length} integers from ${minimum} to ${maximum}`, value);
    return [...(value as number[])] as unknown as Tuples[Length];
  }

  /** Refuses every field that was not read. */
  end(): void {
    for (const field of Object.keys(this.#record)) if (!this.#seen.has(field)) this.fail(field, 'absent (it is not known)', this.#record[field]);
  }
}
