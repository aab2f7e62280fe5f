/**
 * Gives every stored value its place: parameters, gradients and moments in arenas of one layout, parts of a concatenation inside it, reshapes and
 * adjacent slices inside their operand, everything else in a buffer of its own.
 * Invariant: tensors in arenas begin at multiples of 64 bytes, and a group of the optimiser is one run of its arena.
 */
import { sizeOf } from '../../ir/shape.ts';
import type { StepGraph, Value } from '../../ir/types.ts';
import { isOp } from '../../ir/value.ts';
import { alwaysStored, denseOffset, KINDS } from './classify.ts';
import type { LegalStep } from './legalize.ts';
import type { Materialization } from './materialize.ts';
import { type Buffer, createBuffer, type Place, type Storage } from './program.ts';

const ALIGNMENT = 16;
const aligned = (floats: number): number => Math.ceil(floats / ALIGNMENT) * ALIGNMENT;

/** One tensor of an arena. */
export interface ArenaEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Tensors one after another in one buffer. */
export interface Arena {
  readonly buffer: Buffer;
  readonly entries: ReadonlyMap<string, ArenaEntry>;
}

/** An arena of named tensors in the given order. */
export function createArena(kind: Buffer['kind'], label: string, tensors: readonly { readonly name: string; readonly size: number }[]): Arena {
  let offset = 0;
  const entries = new Map<string, ArenaEntry>();
  for (const { name, size } of tensors) {
    entries.set(name, { name, offset, size });
    offset += aligned(size);
  }
  return { buffer: createBuffer(kind, offset, label), entries };
}

/** Parameters in the order of the optimiser's groups, then those that are not trained. */
export function arenaOrder({ parameters, optimizer }: Pick<StepGraph, 'parameters' | 'optimizer'>): { readonly name: string; readonly size: number }[] {
  const sizes = new Map(parameters.map(({ attributes, shape }) => [attributes.name, sizeOf(shape)]));
  const grouped = optimizer?.groups.flatMap((group) => group.parameters) ?? [];
  const rest = [...sizes.keys()].filter((name) => !grouped.includes(name));
  return [...grouped, ...rest].map((name) => ({ name, size: sizes.get(name)! }));
}

/** The places of all stored values of a step. */
export class StoragePlan {
  readonly parameters: Arena;
  readonly gradients: Arena;
  readonly states: Arena;
  readonly inputs: Arena;
  readonly constants: Arena;
  readonly constantData: { readonly offset: number; readonly data: Float32Array }[] = [];
  readonly #placed = new Map<Value, Storage>();
  readonly #places = new Map<string, Place>();
  readonly #materialization: Materialization;

  constructor(step: LegalStep, materialization: Materialization) {
    this.#materialization = materialization;
    const order = arenaOrder(step);
    const leaves = (list: readonly Value<'state' | 'input'>[]): { name: string; size: number }[] =>
      list.map(({ attributes, shape }) => ({ name: attributes.name, size: sizeOf(shape) }));
    this.parameters = createArena('parameters', 'parameters', order);
    this.gradients = createArena('gradients', 'gradients', step.optimizer === null ? [] : order);
    this.states = createArena('states', 'states', leaves(step.states));
    this.inputs = createArena('inputs', 'inputs', leaves(step.inputs));
    const arrays = materialization.order.filter((value) => isOp(value, 'constant') && typeof value.attributes.data !== 'number');
    this.constants = createArena(
      'constants',
      'constants',
      arrays.map((value) => ({ name: String(value.id), size: sizeOf(value.shape) })),
    );
    for (const value of arrays) {
      const entry = this.constants.entries.get(String(value.id))!;
      this.constantData.push({ offset: entry.offset, data: (value as Value<'constant'>).attributes.data as Float32Array });
    }
    this.#placeLeaves(step);
    this.#placeGradients(step.gradients);
    for (const value of [...materialization.order].reverse()) if (isOp(value, 'concat')) this.#placeParts(value);
  }

  /** The place of a stored value. */
  of(value: Value): Storage {
    const known = this.#placed.get(value);
    if (known !== undefined) return known;
    let storage: Storage;
    if (isOp(value, 'reshape')) storage = this.of(value.inputs[0]!);
    else if (isOp(value, 'slice') && alwaysStored(value)) {
      const whole = this.of(value.inputs[0]!);
      storage = { buffer: whole.buffer, offset: whole.offset + denseOffset(value)! };
    } else storage = { buffer: createBuffer('temporary', sizeOf(value.shape), `${value.label} (${value.op})`), offset: 0 };
    this.#placed.set(value, storage);
    return storage;
  }

  /** The one object for a place in memory. */
  place({ buffer, offset }: Storage): Place {
    const key = `${buffer.id}:${offset}`;
    const place = this.#places.get(key) ?? { id: this.#places.size, buffer, offset };
    this.#places.set(key, place);
    return place;
  }

  /** The value that is written when `value` is: itself, or what it is a reshape or part of. */
  origin(value: Value): Value {
    if (isOp(value, 'reshape') || (isOp(value, 'slice') && alwaysStored(value))) return this.origin(value.inputs[0]!);
    return value;
  }

  #placeLeaves(step: LegalStep): void {
    const place = (values: readonly Value<'parameter' | 'state' | 'input'>[], arena: Arena): void => {
      for (const value of values) this.#placed.set(value, { buffer: arena.buffer, offset: arena.entries.get(value.attributes.name)!.offset });
    };
    place(step.parameters, this.parameters);
    place(step.states, this.states);
    place(step.inputs, this.inputs);
    for (const value of this.#materialization.order) {
      const entry = isOp(value, 'constant') ? this.constants.entries.get(String(value.id)) : undefined;
      if (entry !== undefined) this.#placed.set(value, { buffer: this.constants.buffer, offset: entry.offset });
    }
  }

  /** A value of its own that nothing has placed yet may be written wherever it is wanted. */
  #placeAt(value: Value, storage: Storage): boolean {
    const origin = isOp(value, 'reshape') ? this.#throughReshapes(value) : value;
    const free = !this.#placed.has(origin) && origin.op !== 'slice' && KINDS[origin.op] !== 'leaf' && this.#materialization.isStored(origin);
    if (free) this.#placed.set(origin, storage);
    return free;
  }

  #throughReshapes(value: Value): Value {
    return isOp(value, 'reshape') ? this.#throughReshapes(value.inputs[0]!) : value;
  }

  #placeGradients(gradients: ReadonlyMap<string, Value>): void {
    for (const [name, value] of gradients) this.#placeAt(value, { buffer: this.gradients.buffer, offset: this.gradients.entries.get(name)!.offset });
  }

  /** Parts of a concatenation along the first long axis are adjacent, so they can be computed in place. */
  #placeParts(value: Value<'concat'>): void {
    if (!value.shape.every((size, axis) => axis >= value.attributes.axis || size === 1)) return;
    const whole = this.of(value);
    let offset = whole.offset;
    for (const part of value.inputs) {
      this.#placeAt(part, { buffer: whole.buffer, offset });
      offset += sizeOf(part.shape);
    }
  }
}
