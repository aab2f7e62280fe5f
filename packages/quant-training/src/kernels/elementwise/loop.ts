/**
 * A fused loop as data: an iteration space, what is read, what is computed, and where results go.
 *
 * `flat`: one axis, range over elements. `rows`: the last axis runs inside, range over the rows before it; sums and maxima are over the last axis.
 * `columns`: sums and maxima are over the axis before the last, range over columns (four at a time, then the odd ones).
 * Invariant: a reduction is done by one thread in one order, in f32 over runs of 1024 elements and in f64 across them.
 */
import { type Expression, type FunctionName, type Leaf, postorder } from './expression.ts';

/** Where a result goes. Strides are over the axes of the iteration space. */
export interface Target<Buffer> {
  readonly buffer: Buffer;
  readonly strides: readonly number[];
}

/** One result of a loop. */
export type Sink<Buffer> =
  | { readonly kind: 'store' | 'sum' | 'maximum'; readonly value: Expression<Buffer>; readonly target: Target<Buffer> }
  /** Mean at the target, biased variance `spread` floats further; `shift` is any element of the row. */
  | {
      readonly kind: 'statistics';
      readonly value: Expression<Buffer>;
      readonly shift: Expression<Buffer>;
      readonly spread: number;
      readonly target: Target<Buffer>;
    };

/** One generated loop. */
export interface Loop<Buffer> {
  readonly form: 'flat' | 'rows' | 'columns';
  readonly sizes: readonly number[];
  readonly sinks: readonly Sink<Buffer>[];
}

/** The expressions that a loop evaluates, before those below them. */
export function rootsOf<Buffer>(loop: Loop<Buffer>): Expression<Buffer>[] {
  return loop.sinks.flatMap((sink) => (sink.kind === 'statistics' ? [sink.value, sink.shift] : [sink.value]));
}

/** The leaves of a loop. */
export function leavesOf<Buffer>(loop: Loop<Buffer>): Leaf<Buffer>[] {
  return postorder(rootsOf(loop)).filter((expression) => expression.kind === 'leaf');
}

/** The buffers of a loop in the order of the kernel's pointers: first those that are read, then those that are only written. */
export function buffersOf<Buffer>(loop: Loop<Buffer>): Buffer[] {
  return [...new Set([...leavesOf(loop).map((leaf) => leaf.buffer), ...loop.sinks.map((sink) => sink.target.buffer)])];
}

/** A name that two loops share only if they have the same code. */
export function loopKey<Buffer>(loop: Loop<Buffer>): string {
  const pointers = new Map(buffersOf(loop).map((buffer, index) => [buffer, index]));
  const order = postorder(rootsOf(loop));
  const places = new Map(order.map((expression, index) => [expression, index]));
  const view = ({ buffer, strides }: Target<Buffer>): string => `${pointers.get(buffer)}*${strides.join('.')}`;
  const nodes = order.map((expression) => {
    if (expression.kind === 'leaf') return view(expression);
    if (expression.kind === 'constant') return `#${Object.is(expression.value, -0) ? '-0' : expression.value}`;
    return `${expression.name}(${expression.inputs.map((input) => places.get(input)).join(',')})`;
  });
  const sinks = loop.sinks.map((sink) => {
    const extra = sink.kind === 'statistics' ? `,${places.get(sink.shift)},${sink.spread}` : '';
    return `${sink.kind}(${places.get(sink.value)}${extra})>${view(sink.target)}`;
  });
  const names = [...new Set(order.flatMap((expression) => (expression.kind === 'apply' ? [expression.name as FunctionName] : [])))].slice(0, 3);
  return `fused_${loop.form}_${names.join('_')}|${loop.sizes.join('x')}|${nodes.join(';')}|${sinks.join(';')}`;
}

/** Extent of the range of a loop's kernel, and the step in which threads divide it. */
export function rangeOf<Buffer>({ form, sizes }: Loop<Buffer>): { readonly extent: number; readonly step: number } {
  if (form === 'flat') return { extent: sizes[0]!, step: 16 };
  const inner = sizes.at(-1)!;
  const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  if (form === 'rows') return { extent: product(sizes.slice(0, -1)), step: 1 };
  return { extent: product(sizes.slice(0, -2)) * (Math.floor(inner / 4) + (inner % 4)), step: 1 };
}
