/**
 * From a legal step to operations in order: kernels at the place of their value, elementwise work in fused loops.
 * Invariant: an operation comes after every operation that writes what it reads.
 */
import { loopKernel } from '../../kernels/elementwise/loop-kernel.ts';
import { buffersOf, leavesOf, type Loop, rangeOf, rootsOf } from '../../kernels/elementwise/loop.ts';
import { postorder } from '../../kernels/elementwise/expression.ts';
import { constant } from '../../ir/ops/leaf.ts';
import { sizeOf, stridesOf } from '../../ir/shape.ts';
import type { Value } from '../../ir/types.ts';
import { isOp } from '../../ir/value.ts';
import { KINDS } from './classify.ts';
import { buildLoop, denseStrides, type Draft, merge, readsOf, type Result, storesOf } from './draft.ts';
import { kernelCalls } from './kernel-calls.ts';
import type { Materialization } from './materialize.ts';
import type { Call, Operation, Place } from './program.ts';
import type { StoragePlan } from './storage.ts';

/** A kernel or a loop at its place in the order; a `fixed` loop must not move. */
interface Item {
  readonly value: Value;
  readonly draft: Draft | null;
  readonly fixed?: boolean;
}

/** Looks back so far for a loop to merge with. */
const HORIZON = 24;

/** The operations of a step up to and including its outputs, gradients and new states. */
export function lower(materialization: Materialization, storage: StoragePlan): Operation[] {
  storeOperandsOfReductions(materialization, storage);
  return mergeLoops(materialization, storage).map(({ value, draft }) => {
    const label = `${value.label} (${value.op})`;
    if (draft !== null) {
      const results = draft.results.map((result) => ({ ...storage.of(result.value), floats: sizeOf(result.value.shape) }));
      return loopOperation(label, buildLoop(draft, materialization, storage)!, results);
    }
    const places = [...value.inputs, value].map((part) => storage.of(part));
    const output = places.at(-1)!;
    return {
      label,
      reads: places.slice(0, -1).map(({ buffer }) => buffer),
      writes: [output.buffer],
      results: [{ ...output, floats: sizeOf(value.shape) }],
      calls: (library) => kernelCalls(library, value, places),
    };
  });
}

/** The operand of a reduction may walk its axes in several strides; once it is in memory it does not. */
function storeOperandsOfReductions(materialization: Materialization, storage: StoragePlan): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const value of materialization.order) {
      const operand = value.inputs[0]!;
      if (KINDS[value.op] !== 'reduction' || materialization.isStored(operand) || buildLoop(reductionDraft(value, storage), materialization, storage) !== null)
        continue;
      materialization.demand(operand);
      changed = true;
    }
  }
}

/** All items in order, each loop merged into an earlier one where that saves reading a tensor twice. */
function mergeLoops(materialization: Materialization, storage: StoragePlan): Item[] {
  const merged: Item[] = [];
  const ready = new Map<Value, number>();
  const place = (item: Item): number => {
    const { draft } = item;
    if (draft !== null && item.fixed !== true) {
      const { reads } = readsOf(
        draft.results.map(({ operand }) => operand),
        storesOf(draft),
        materialization,
      );
      for (let index = merged.length - 1; index >= Math.max(0, merged.length - HORIZON); index--) {
        const earlier = merged[index]!;
        if (earlier.draft === null) continue;
        const own = storesOf(earlier.draft);
        if (![...reads].every((value) => own.has(value) || ready.get(value)! < index)) continue;
        const both = merge(earlier.draft, draft, materialization, storage);
        if (both === null) continue;
        merged[index] = { ...earlier, draft: both };
        return index;
      }
    }
    merged.push(item);
    return merged.length - 1;
  };
  for (const value of materialization.order) {
    const operands = KINDS[value.op] === 'view' || isOp(value, 'concat') ? value.inputs.map((operand) => ready.get(operand)!) : [];
    ready.set(value, Math.max(-1, ...operands, ...itemsOf(value, materialization, storage).map(place)));
  }
  return merged;
}

/** A loop as an operation. */
export function loopOperation(label: string, loop: Loop<Place>, results: Operation['results'] = []): Operation {
  const places = buffersOf(loop);
  const elements = loop.sizes.reduce((a, b) => a * b, 1);
  const work = (elements * (postorder(rootsOf(loop)).length + loop.sinks.length)) / 4;
  return {
    label,
    reads: leavesOf(loop).map((leaf) => leaf.buffer.buffer),
    writes: loop.sinks.map((sink) => sink.target.buffer.buffer),
    results,
    calls: (library): Call[] => [
      { kernel: loopKernel(library, loop).name, extent: rangeOf(loop).extent, step: rangeOf(loop).step, operands: places, scratchBytes: 0, work },
    ],
  };
}

function itemsOf(value: Value, materialization: Materialization, storage: StoragePlan): Item[] {
  const kind = KINDS[value.op];
  if (kind === 'kernel') return [{ value, draft: null }];
  if (kind === 'reduction') return [{ value, draft: reductionDraft(value, storage) }];
  if (isOp(value, 'concat')) return concatItems(value, materialization, storage);
  if (isOp(value, 'pad')) return padItems(value, storage);
  return materialization.needsLoop(value) ? [{ value, draft: { shape: value.shape, axes: [], results: [storeOf(value, storage)] } }] : [];
}

function storeOf(value: Value, storage: StoragePlan): Result {
  return { kind: 'store', value, operand: value, storage: storage.of(value), strides: stridesOf(value.shape) };
}

function reductionDraft(value: Value, storage: StoragePlan): Draft {
  const operand = value.inputs[0]!;
  const shared = { value, operand, storage: storage.of(value) };
  if (isOp(value, 'sum') || isOp(value, 'reduce-maximum')) {
    const kind = value.op === 'sum' ? 'sum' : 'maximum';
    return { shape: operand.shape, axes: value.attributes.axes, results: [{ ...shared, kind, strides: denseStrides(value.shape) }] };
  }
  const axes = operand.shape.slice(1).map((_, axis) => axis + 1);
  return { shape: operand.shape, axes, results: [{ ...shared, kind: 'statistics', strides: operand.shape.map((_, axis) => (axis === 0 ? 1 : 0)) }] };
}

function concatItems(value: Value<'concat'>, materialization: Materialization, storage: StoragePlan): Item[] {
  const whole = storage.of(value);
  const strides = stridesOf(value.shape);
  let at = 0;
  return value.inputs.flatMap((operand): Item[] => {
    const place = { buffer: whole.buffer, offset: whole.offset + at * strides[value.attributes.axis]! };
    at += operand.shape[value.attributes.axis]!;
    const inPlace = materialization.isStored(operand) && storage.place(storage.of(operand)) === storage.place(place);
    if (inPlace) return [];
    return [{ value, draft: { shape: operand.shape, axes: [], results: [{ kind: 'store', value, operand, storage: place, strides }] } }];
  });
}

function padItems(value: Value<'pad'>, storage: StoragePlan): Item[] {
  const operand = value.inputs[0]!;
  const whole = storage.of(value);
  const strides = stridesOf(value.shape);
  const offset = value.attributes.before.reduce((total, count, axis) => total + count * strides[axis]!, whole.offset);
  return [
    { value, draft: { shape: value.shape, axes: [], results: [{ kind: 'store', value, operand: constant(0, value.shape), storage: whole, strides }] } },
    {
      value,
      draft: { shape: operand.shape, axes: [], results: [{ kind: 'store', value, operand, storage: { buffer: whole.buffer, offset }, strides }] },
      fixed: true,
    },
  ];
}
