/**
 * Decides which elementwise values are written to memory. All others are computed where they are used, once in each loop that needs them:
 * a fake-quantised activation costs a few instructions to compute again and a pass over memory to keep.
 *
 * A value is stored if a kernel reads it, if it leaves the step, or if computing it again is dear: used in several places and long, made of many
 * tensors, or transcendental; or smaller than the loop it is used in and not constant along its rows.
 * Invariant: the inputs of every kernel, and everything that `demand` was called for, are stored.
 */
import { sizeOf } from '../../ir/shape.ts';
import type { Value } from '../../ir/types.ts';
import { isOp, topologicalOrder } from '../../ir/value.ts';
import { alwaysStored, isNumber, keepsAxes, KINDS } from './classify.ts';
import type { LegalStep } from './legalize.ts';

/** Limits of one loop: tensors of full size, all tensors, functions. */
const LIMITS = { full: 6, leaves: 14, functions: 40 } as const;
/** What may be computed twice. */
const REPEATABLE = { full: 3, functions: 10 } as const;
const DEAR: ReadonlySet<string> = new Set(['exp', 'log', 'tanh', 'sigmoid']);

interface Cost {
  /** Stored values that the expression reads. */
  readonly leaves: ReadonlySet<Value>;
  readonly functions: number;
  readonly dear: boolean;
}

/** The decision for one step. */
export class Materialization {
  readonly #stored = new Set<Value>();
  readonly order: readonly Value[];
  readonly roots: ReadonlySet<Value>;

  constructor(step: LegalStep) {
    this.roots = new Set([...Object.values(step.outputs), ...step.gradients.values(), ...step.stateUpdates.map(({ value }) => value)]);
    this.order = topologicalOrder(this.roots);
    for (const root of this.roots) this.demand(root);
    for (const value of this.order) {
      if (KINDS[value.op] === 'kernel') value.inputs.forEach((operand) => this.demand(operand));
      if (isOp(value, 'reshape') && !keepsAxes(value)) this.demand(value.inputs[0]!);
    }
    this.#storeDearOnes();
  }

  /** Makes sure that a value lies in memory. */
  demand(value: Value): void {
    if (this.isStored(value)) return;
    if (isOp(value, 'reshape')) this.demand(value.inputs[0]!);
    else this.#stored.add(value);
  }

  /** Whether a value lies in memory, on its own or as part of another one. */
  isStored(value: Value): boolean {
    return alwaysStored(value) || this.#stored.has(value) || (isOp(value, 'reshape') && this.isStored(value.inputs[0]!));
  }

  /** Whether a loop has to be made that writes the value. */
  needsLoop(value: Value): boolean {
    return this.#stored.has(value);
  }

  #storeDearOnes(): void {
    const consumers = new Map<Value, number>();
    for (const value of this.order) for (const operand of new Set(value.inputs)) consumers.set(operand, (consumers.get(operand) ?? 0) + 1);
    const costs = new Map<Value, Cost>();
    const costOf = (value: Value): Cost => (this.isStored(value) ? { leaves: new Set([value]), functions: 0, dear: false } : costs.get(value)!);
    for (const value of this.order) {
      if (isNumber(value)) costs.set(value, { leaves: new Set(), functions: 0, dear: false });
      if (KINDS[value.op] !== 'pointwise' && KINDS[value.op] !== 'view') continue;
      const size = sizeOf(value.shape);
      const full = (cost: Cost): number => [...cost.leaves].filter((leaf) => sizeOf(leaf.shape) >= size).length;
      for (const operand of value.inputs) {
        const transposed = isOp(value, 'transpose') && full(costOf(operand)) > 1;
        if (transposed || (sizeOf(operand.shape) < size && !this.#hoistable(operand, value, costOf(operand)))) this.demand(operand);
      }
      let cost = combine(value, value.inputs.map(costOf));
      while (full(cost) > LIMITS.full || cost.leaves.size > LIMITS.leaves || cost.functions > LIMITS.functions) {
        const open = value.inputs.filter((operand) => !this.isStored(operand) && !isNumber(operand));
        if (open.length === 0) break;
        this.demand(open.reduce((a, b) => (costOf(b).functions > costOf(a).functions ? b : a)));
        cost = combine(value, value.inputs.map(costOf));
      }
      costs.set(value, cost);
      const shared = (consumers.get(value) ?? 0) > 1;
      const long = full(cost) > REPEATABLE.full || cost.functions > REPEATABLE.functions || cost.dear || value.op === 'transpose';
      if (shared && long) this.demand(value);
    }
  }

  /** Whether an operand that is repeated over `value` can be computed once a row. */
  #hoistable(operand: Value, value: Value, cost: Cost): boolean {
    if (this.isStored(operand) || isNumber(operand)) return true;
    const repeated = value.shape.length - operand.shape.length;
    const last = operand.shape.findLastIndex((size) => size > 1);
    const row = sizeOf(value.shape.slice(last < 0 ? 0 : last + repeated + 1));
    return row >= 16 && !cost.dear && cost.functions <= REPEATABLE.functions;
  }
}

function combine(value: Value, inputs: readonly Cost[]): Cost {
  const own = KINDS[value.op] === 'pointwise' ? 1 : 0;
  const size = sizeOf(value.shape);
  // What is constant along rows is computed once a row; it hardly counts.
  const functions = inputs.reduce((total, cost, at) => total + (sizeOf(value.inputs[at]!.shape) < size ? 0 : cost.functions), own);
  return { leaves: new Set(inputs.flatMap((cost) => [...cost.leaves])), functions, dear: DEAR.has(value.op) || inputs.some((cost) => cost.dear) };
}
