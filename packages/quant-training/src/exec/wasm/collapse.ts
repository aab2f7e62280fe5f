/**
 * Turns results over the axes of a tensor into a loop: axes of size 1 disappear, neighbouring axes that every view walks in one stride become one.
 * Invariant: the loop visits the same elements in the same order.
 */
import type { Expression, ExpressionPool } from '../../kernels/elementwise/expression.ts';
import { leavesOf, type Loop, type Sink, type Target } from '../../kernels/elementwise/loop.ts';
import type { Place } from './program.ts';

/** The loop of `sinks` over `shape`, summing over `axes`; `null` if the summed axes do not become one. */
export function collapse(pool: ExpressionPool<Place>, shape: readonly number[], axes: readonly number[], sinks: readonly Sink<Place>[]): Loop<Place> | null {
  const views: Target<Place>[] = [...leavesOf({ form: 'flat', sizes: shape, sinks }), ...sinks.map((sink) => sink.target)];
  const groups: { axis: number; size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const reduced = axes.includes(axis);
    const outer = groups.at(-1);
    const joins = outer !== undefined && outer.reduced === reduced && views.every((view) => view.strides[outer.axis] === view.strides[axis]! * size);
    if (joins) groups[groups.length - 1] = { axis, size: outer.size * size, reduced };
    else groups.push({ axis, size, reduced });
  });
  const reducedAt = groups.findIndex((group) => group.reduced);
  if (groups.filter((group) => group.reduced).length > 1) return null;
  if (axes.length > 0 && reducedAt < 0) groups.push({ axis: axes[0]!, size: 1, reduced: true });
  const form =
    axes.length === 0
      ? groups.length <= 1
        ? 'flat'
        : 'rows'
      : reducedAt < 0 || reducedAt === groups.length - 1
        ? 'rows'
        : reducedAt === groups.length - 2
          ? 'columns'
          : null;
  if (form === null) return null;
  if (groups.length === 0) groups.push({ axis: 0, size: 1, reduced: false });
  const strides = (list: readonly number[]): number[] => groups.map(({ axis }) => list[axis] ?? 0);
  const renamed = new Map<Expression<Place>, Expression<Place>>();
  const rename = (expression: Expression<Place>): Expression<Place> => {
    let result = renamed.get(expression);
    if (result === undefined) {
      if (expression.kind === 'leaf') result = pool.leaf(expression.buffer, strides(expression.strides));
      else if (expression.kind === 'apply') result = pool.apply(expression.name, expression.inputs.map(rename));
      else result = expression;
      renamed.set(expression, result);
    }
    return result;
  };
  return {
    form,
    sizes: groups.map(({ size }) => size),
    sinks: sinks.map((sink) => {
      const target = { ...sink.target, strides: strides(sink.target.strides) };
      return sink.kind === 'statistics'
        ? { ...sink, target, value: rename(sink.value), shift: rename(sink.shift) }
        : { ...sink, target, value: rename(sink.value) };
    }),
  };
}
