/**
 * Turns expressions into vector code, once for the part that is constant along the inner loop and once for the part that changes with every turn.
 * Invariant: a leaf is loaded, and an expression computed, at most once a turn.
 */
import { type Expr, f32, f32x4, f64, type FunctionBuilder, i32, type Local, type Signature, type V128, v128 } from '@bitvox/wasm';
import { BINARY, type BinaryArithmetic, COMPARISONS, isComparison, UNARY } from './apply.ts';
import { type Expression, type Leaf, postorder } from './expression.ts';

type Body = FunctionBuilder<Signature, 'void'>;

/** How a leaf is read in a turn of the loop: its address, the distance of its lanes in floats, and whether only one lane is wanted. */
export interface Access {
  readonly address: Expr<'i32'>;
  readonly laneStride: number;
  readonly single: boolean;
}

/** Loads the four (or the single) lanes of a leaf. */
function load(f: Body, { address, laneStride, single }: Access): V128 {
  if (laneStride === 0) return v128.load32Splat(address);
  if (single) return v128.load32Zero(address);
  if (laneStride === 1) return v128.load(address);
  const base = f.let(address);
  return [1, 2, 3].reduce((lanes, lane) => f32x4.replaceLane(lanes, lane, f32.load(base, lane * laneStride * 4)), f32x4.splat(f32.load(base)));
}

/** Values of expressions at one place of the code: as numbers, and comparisons also as masks. */
export class Values<Buffer> {
  readonly numbers = new Map<Expression<Buffer>, V128>();
  readonly masks = new Map<Expression<Buffer>, V128>();

  /** A scope inside this one: sees what is here, adds only to itself. */
  inner(): Values<Buffer> {
    const scope = new Values<Buffer>();
    for (const [key, value] of this.numbers) scope.numbers.set(key, value);
    for (const [key, value] of this.masks) scope.masks.set(key, value);
    return scope;
  }
}

/** Emits whatever of `roots` is not known yet; `access` says how a leaf is read here. */
export function emitExpressions<Buffer>(f: Body, roots: readonly Expression<Buffer>[], values: Values<Buffer>, access: (leaf: Leaf<Buffer>) => Access): void {
  const { numbers, masks } = values;
  const needed = roots.filter((root) => !numbers.has(root));
  const number = (expression: Expression<Buffer>): V128 => {
    let value = numbers.get(expression);
    if (value === undefined) {
      value = f.let(v128.and(masks.get(expression)!, f32x4.constSplat(1)));
      numbers.set(expression, value);
    }
    return value;
  };
  for (const expression of postorder(needed)) {
    if (numbers.has(expression) || masks.has(expression)) continue;
    if (expression.kind === 'constant') numbers.set(expression, f32x4.constSplat(expression.value));
    else if (expression.kind === 'leaf') numbers.set(expression, f.let(load(f, access(expression))));
    else if (isComparison(expression.name)) {
      const [a, b] = expression.inputs;
      masks.set(expression, f.let(COMPARISONS[expression.name](number(a!), number(b!))));
    } else numbers.set(expression, f.let(apply(f, expression.name, expression.inputs, number, masks)));
  }
  for (const root of needed) number(root);
}

function apply<Buffer>(
  f: Body,
  name: Exclude<Extract<Expression<Buffer>, { kind: 'apply' }>['name'], keyof typeof COMPARISONS>,
  inputs: readonly Expression<Buffer>[],
  number: (expression: Expression<Buffer>) => V128,
  masks: ReadonlyMap<Expression<Buffer>, V128>,
): V128 {
  if (name === 'where') {
    const [condition, whenTrue, whenFalse] = inputs as [Expression<Buffer>, Expression<Buffer>, Expression<Buffer>];
    const mask = masks.get(condition) ?? f32x4.ne(number(condition), f32x4.constSplat(0));
    if (whenFalse.kind === 'constant' && Object.is(whenFalse.value, 0)) return v128.and(number(whenTrue), mask);
    if (whenTrue.kind === 'constant' && Object.is(whenTrue.value, 0)) return v128.andnot(number(whenFalse), mask);
    return v128.bitselect(number(whenTrue), number(whenFalse), mask);
  }
  const [a, b] = inputs as [Expression<Buffer>, Expression<Buffer> | undefined];
  if (b === undefined) return UNARY[name as keyof typeof UNARY](f, number(a));
  return BINARY[name as BinaryArithmetic](number(a), number(b), [a.kind === 'constant', b.kind === 'constant']);
}

/** The sum of four lanes in f64. */
export function laneSum(value: Local<'v128'>): Expr<'f64'> {
  const lanes = [0, 1, 2, 3].map((lane) => f64.promoteF32(f32x4.extractLane(value, lane)));
  return lanes.reduce((sum, lane) => f64.add(sum, lane));
}

/** `address + index * stride` in floats, for a constant stride. */
export function step(address: Expr<'i32'>, index: Expr<'i32'>, stride: number): Expr<'i32'> {
  if (stride === 0) return address;
  return i32.add(address, stride === 1 ? i32.shl(index, 2) : i32.mul(index, stride * 4));
}
