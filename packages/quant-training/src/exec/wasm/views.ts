/**
 * Builds the expression of a value over the axes of a loop, carrying indices through broadcasts, slices, transposes and reshapes.
 *
 * An index of a value is `axis of the loop + offset`, or a constant offset where the value does not vary.
 * Invariant: building stops at values in memory (unless told to look through them), so an expression reads only what is there.
 */
import type { Apply, Expression, ExpressionPool, FunctionName } from '../../kernels/elementwise/expression.ts';
import { stridesOf } from '../../ir/shape.ts';
import type { Value } from '../../ir/types.ts';
import { isOp } from '../../ir/value.ts';
import { isNumber } from './classify.ts';
import type { Place, Storage } from './program.ts';

/** One index of a value: which axis of the loop it follows (-1: none) and from where. */
interface Index {
  readonly axis: number;
  readonly offset: number;
}

/** Where expressions end. */
export interface Ends {
  readonly isStored: (value: Value) => boolean;
  readonly storageOf: (value: Value) => Storage;
  /** The one object for a place in memory. */
  readonly placeAt: (storage: Storage) => Place;
  /** Stored values whose definition is nevertheless computed here. */
  readonly open: ReadonlySet<Value>;
}

const FIXED: Index = { axis: -1, offset: 0 };

/** The expression of `value` over a loop whose axes are those of `value` itself, or of the larger shape that it is broadcast to. */
export function expressionOf(pool: ExpressionPool<Place>, ends: Ends, value: Value, shape: readonly number[]): Expression<Place> {
  const indices = align(
    value,
    shape,
    shape.map((_, axis) => ({ axis, offset: 0 })),
  );
  const known = new Map<string, Expression<Place>>();
  const build = (current: Value, at: readonly Index[]): Expression<Place> => {
    const key = `${current.id}|${at.map(({ axis, offset }) => `${axis}+${offset}`).join(',')}`;
    let result = known.get(key);
    if (result === undefined) {
      result = make(current, at);
      known.set(key, result);
    }
    return result;
  };
  const make = (current: Value, at: readonly Index[]): Expression<Place> => {
    if (isNumber(current)) return pool.constant(current.attributes.data as number);
    if (ends.isStored(current) && !ends.open.has(current)) return leaf(pool, ends, current, at, shape.length);
    const [operand] = current.inputs as [Value];
    if (isOp(current, 'broadcast')) return build(operand, align(operand, current.shape, at));
    if (isOp(current, 'slice'))
      return build(
        operand,
        at.map(({ axis, offset }, position) => ({ axis, offset: offset + current.attributes.start[position]! })),
      );
    if (isOp(current, 'transpose')) {
      const inverse = new Array<Index>(at.length);
      current.attributes.permutation.forEach((from, position) => (inverse[from] = at[position]!));
      return build(operand, inverse);
    }
    if (isOp(current, 'reshape')) {
      const long = at.filter((_, position) => current.shape[position] !== 1);
      return build(
        operand,
        operand.shape.map((size) => (size === 1 ? FIXED : long.shift()!)),
      );
    }
    const inputs = current.inputs.map((input) => build(input, align(input, current.shape, at)));
    return pool.apply(current.op as FunctionName, inputs) satisfies Apply<Place>;
  };
  return build(value, indices);
}

/** The indices of an operand that is broadcast to `shape`. */
function align(operand: Value, shape: readonly number[], indices: readonly Index[]): Index[] {
  const repeated = shape.length - operand.shape.length;
  return operand.shape.map((size, axis) => (size === 1 && shape[axis + repeated] !== 1 ? FIXED : indices[axis + repeated]!));
}

function leaf(pool: ExpressionPool<Place>, ends: Ends, value: Value, indices: readonly Index[], rank: number): Expression<Place> {
  const { buffer, offset } = ends.storageOf(value);
  const strides = new Array<number>(rank).fill(0);
  let start = offset;
  stridesOf(value.shape).forEach((stride, position) => {
    const index = indices[position]!;
    start += index.offset * stride;
    if (index.axis >= 0 && value.shape[position] !== 1) strides[index.axis]! += stride;
  });
  return pool.leaf(ends.placeAt({ buffer, offset: start }), strides);
}
