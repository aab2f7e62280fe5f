/**
 * Loops under construction: what they compute, over which axes, and which stored values they read. Loops over the same axes merge, so that tensors are read once.
 * Invariant: a loop reads only values that are written before its place in the order, or that it computes itself.
 */
import { type Expression, ExpressionPool } from '../../kernels/elementwise/expression.ts';
import { leavesOf, type Loop, type Sink } from '../../kernels/elementwise/loop.ts';
import { sameShape, sizeOf, stridesOf } from '../../ir/shape.ts';
import type { Value } from '../../ir/types.ts';
import { isNumber, KINDS } from './classify.ts';
import { collapse } from './collapse.ts';
import type { Materialization } from './materialize.ts';
import type { Place, Storage } from './program.ts';
import type { StoragePlan } from './storage.ts';
import { type Ends, expressionOf } from './views.ts';

/** One result: the value that is complete when the loop has run, what is evaluated, and where it goes. */
export interface Result {
  readonly kind: Sink<Place>['kind'];
  readonly value: Value;
  readonly operand: Value;
  readonly storage: Storage;
  /** Over the axes of the loop. */
  readonly strides: readonly number[];
}

/** A loop before its axes are collapsed. */
export interface Draft {
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  readonly results: readonly Result[];
}

const LIMITS = { full: 7, leaves: 22, results: 6 } as const;
/** Functions that are rather computed again than read from memory. */
const RECOMPUTE = 8;

/** The values that a draft stores at every element, which it can therefore use without reading them. */
export function storesOf({ results }: Draft): Set<Value> {
  return new Set(results.flatMap(({ kind, value, operand }) => (kind === 'store' && value === operand ? [value] : [])));
}

/** The stored values below `roots`, not looking into them unless they are `open`; with them the number of functions applied. */
export function readsOf(
  roots: readonly Value[],
  open: ReadonlySet<Value>,
  materialization: Materialization,
): { readonly reads: Set<Value>; readonly functions: number } {
  const [reads, seen] = [new Set<Value>(), new Set<Value>()];
  let functions = 0;
  const visit = (value: Value): void => {
    if (seen.has(value) || isNumber(value)) return;
    seen.add(value);
    if (materialization.isStored(value) && !open.has(value)) {
      reads.add(value);
      return;
    }
    if (KINDS[value.op] === 'pointwise') functions++;
    value.inputs.forEach(visit);
  };
  roots.forEach(visit);
  return { reads, functions };
}

/** Stored values that a draft computes: its own results, and cheap ones made of nothing but what it reads anyway. */
export function openValues(draft: Draft, materialization: Materialization): Set<Value> {
  const open = storesOf(draft);
  const roots = draft.results.map(({ operand }) => operand);
  const size = sizeOf(draft.shape);
  for (;;) {
    const { reads } = readsOf(roots, open, materialization);
    const repeatable = [...reads].find((value) => {
      if (KINDS[value.op] !== 'pointwise' || sizeOf(value.shape) !== size) return false;
      const below = readsOf([value], new Set([...open, value]), materialization);
      return below.functions <= RECOMPUTE && [...below.reads].every((leaf) => sizeOf(leaf.shape) < size || reads.has(leaf));
    });
    if (repeatable === undefined) return open;
    open.add(repeatable);
  }
}

/** The loop of a draft; `null` if its axes cannot be walked by one. */
export function buildLoop(draft: Draft, materialization: Materialization, storage: StoragePlan): Loop<Place> | null {
  // Computing a stored value again may bring in views that walk the axes differently.
  return buildWith(openValues(draft, materialization), draft, materialization, storage) ?? buildWith(storesOf(draft), draft, materialization, storage);
}

function buildWith(open: ReadonlySet<Value>, draft: Draft, materialization: Materialization, storage: StoragePlan): Loop<Place> | null {
  const pool = new ExpressionPool<Place>();
  const ends: Ends = {
    isStored: (value) => materialization.isStored(value),
    storageOf: (value) => storage.of(value),
    placeAt: (place) => storage.place(place),
    open,
  };
  const sinks = draft.results.map((result): Sink<Place> => {
    const value = expressionOf(pool, ends, result.operand, draft.shape);
    const target = { buffer: storage.place(result.storage), strides: result.strides };
    if (result.kind !== 'statistics') return { kind: result.kind, value, target };
    return { kind: 'statistics', value, target, shift: firstOfRow(pool, value), spread: draft.shape[0]! };
  });
  const loop = collapse(pool, draft.shape, draft.axes, sinks);
  return loop?.form === 'columns' && sinks.some((sink) => sink.kind === 'store') ? null : loop;
}

/** The expression at the first element of its row of axis 0. */
function firstOfRow(pool: ExpressionPool<Place>, expression: Expression<Place>): Expression<Place> {
  if (expression.kind === 'leaf')
    return pool.leaf(
      expression.buffer,
      expression.strides.map((stride, axis) => (axis === 0 ? stride : 0)),
    );
  return expression.kind === 'apply'
    ? pool.apply(
        expression.name,
        expression.inputs.map((input) => firstOfRow(pool, input)),
      )
    : expression;
}

/** Strides of a dense tensor, over the axes of a loop whose reduced axes it has with size 1. */
export function denseStrides(shape: readonly number[]): number[] {
  return stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
}

/** Both drafts as one, or `null` where that is impossible or useless. */
export function merge(earlier: Draft, later: Draft, materialization: Materialization, storage: StoragePlan): Draft | null {
  if (!sameShape(earlier.shape, later.shape)) return null;
  if (earlier.axes.length > 0 && later.axes.length > 0 && !sameShape(earlier.axes, later.axes)) return null;
  const axes = earlier.axes.length > 0 ? earlier.axes : later.axes;
  const draft: Draft = { shape: earlier.shape, axes, results: [...earlier.results, ...later.results] };
  if (draft.results.length > LIMITS.results) return null;
  const size = sizeOf(draft.shape);
  const parts = [earlier, later].map(
    (part) =>
      readsOf(
        part.results.map(({ operand }) => operand),
        storesOf(part),
        materialization,
      ).reads,
  );
  const shared = [...parts[1]!].some((value) => sizeOf(value.shape) >= size && (parts[0]!.has(value) || storesOf(earlier).has(value)));
  const small = size <= 4096;
  if (!shared && !small) return null;
  const loop = buildLoop(draft, materialization, storage);
  if (loop === null) return null;
  const leaves = leavesOf(loop);
  const full = leaves.filter((leaf) => leaf.strides.at(-1) !== 0).length;
  return full > LIMITS.full || leaves.length > LIMITS.leaves ? null : draft;
}
