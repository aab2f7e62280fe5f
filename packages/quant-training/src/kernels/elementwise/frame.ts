/** What the generated loops share: the addresses of views at a row, and the part of the work that is constant along the inner axes. */
import { type Expr, type FunctionBuilder, i32, type Local, type Signature } from '@bitvox/wasm';
import { emitExpressions, step, Values } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { leavesOf, type Loop, rootsOf, type Target } from './loop.ts';

type Body = FunctionBuilder<Signature, 'void'>;

/** The addresses of the views of a loop at one row. */
export type Addresses<Buffer> = Map<Target<Buffer>, Local<'i32'>>;

/** Every view of a loop: leaves and targets. */
export function viewsOf<Buffer>(loop: Loop<Buffer>): Target<Buffer>[] {
  return [...leavesOf(loop), ...loop.sinks.map((sink) => sink.target)];
}

/** Emits the addresses of `views` at row `row` of the axes `sizes`. */
export function emitAddresses<Buffer>(
  f: Body,
  views: readonly Target<Buffer>[],
  pointers: ReadonlyMap<Buffer, Expr<'i32'>>,
  sizes: readonly number[],
  row: Expr<'i32'>,
): Addresses<Buffer> {
  const coordinates = sizes.map((size, axis) => {
    const below = sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
    const shifted = below === 1 ? row : i32.divU(row, below);
    return f.let(axis === 0 ? shifted : i32.remU(shifted, size));
  });
  return new Map(
    views.map((view) => {
      return [view, f.let(coordinates.reduce((address, coordinate, axis) => step(address, coordinate, view.strides[axis]!), pointers.get(view.buffer)!))];
    }),
  );
}

/** Whether an expression changes along the axes from `axis` on. */
function varies<Buffer>(axis: number): (expression: Expression<Buffer>) => boolean {
  const known = new Map<Expression<Buffer>, boolean>();
  const test = (expression: Expression<Buffer>): boolean => {
    let result = known.get(expression);
    if (result === undefined) {
      const moves = expression.kind === 'leaf' && expression.strides.slice(axis).some((stride) => stride !== 0);
      result = moves || (expression.kind === 'apply' && expression.inputs.some(test));
      known.set(expression, result);
    }
    return result;
  };
  return test;
}

/** Emits what is constant while the axes from `axis` on run, so that the loop below finds it in registers. */
export function emitConstantPart<Buffer>(f: Body, loop: Loop<Buffer>, axis: number, addresses: Addresses<Buffer>): Values<Buffer> {
  const changes = varies<Buffer>(axis);
  const fixed = new Set<Expression<Buffer>>();
  const visit = (expression: Expression<Buffer>): void => {
    if (!changes(expression)) fixed.add(expression);
    else if (expression.kind === 'apply') expression.inputs.forEach(visit);
  };
  rootsOf(loop).forEach(visit);
  const values = new Values<Buffer>();
  emitExpressions(f, [...fixed], values, (leaf) => ({ address: addresses.get(leaf)!, laneStride: 0, single: false }));
  return values;
}
