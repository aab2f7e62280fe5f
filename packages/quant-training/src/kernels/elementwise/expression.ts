/**
 * Expressions over strided views: what a generated loop computes for each element of its iteration space.
 *
 * Invariant: within one pool, equal expressions are one object, so what several results share is computed once.
 */
import type { BinaryName } from '../../ir/ops/binary.ts';
import type { UnaryName } from '../../ir/ops/unary.ts';

/** The functions that a loop can apply. */
export type FunctionName = Exclude<UnaryName, 'stop-gradient'> | BinaryName | 'where';

/** An element of a tensor in memory: `buffer[sum over axes of index * stride]`, in floats. */
export interface Leaf<Buffer> {
  readonly kind: 'leaf';
  readonly id: number;
  readonly buffer: Buffer;
  readonly strides: readonly number[];
}

/** A number. */
export interface Constant {
  readonly kind: 'constant';
  readonly id: number;
  readonly value: number;
}

/** A function of other expressions. */
export interface Apply<Buffer> {
  readonly kind: 'apply';
  readonly id: number;
  readonly name: FunctionName;
  readonly inputs: readonly Expression<Buffer>[];
}

/** An expression over buffers of any kind. */
export type Expression<Buffer> = Leaf<Buffer> | Constant | Apply<Buffer>;

/** Makes expressions, each once. */
export class ExpressionPool<Buffer extends { readonly id: number }> {
  readonly #known = new Map<string, Expression<Buffer>>();

  #intern<E extends Expression<Buffer>>(key: string, make: (id: number) => E): E {
    let found = this.#known.get(key);
    if (found === undefined) {
      found = make(this.#known.size);
      this.#known.set(key, found);
    }
    return found as E;
  }

  leaf(buffer: Buffer, strides: readonly number[]): Leaf<Buffer> {
    return this.#intern(`l${buffer.id}:${strides.join(',')}`, (id) => ({ kind: 'leaf', id, buffer, strides }));
  }

  constant(value: number): Constant {
    const rounded = Math.fround(value);
    return this.#intern(`c${Object.is(rounded, -0) ? '-0' : rounded}`, (id) => ({ kind: 'constant', id, value: rounded }));
  }

  apply(name: FunctionName, inputs: readonly Expression<Buffer>[]): Apply<Buffer> {
    return this.#intern(`a${name}(${inputs.map((input) => input.id).join(',')})`, (id) => ({ kind: 'apply', id, name, inputs }));
  }
}

/** Every expression below `roots`, each once and after its inputs. */
export function postorder<Buffer>(roots: readonly Expression<Buffer>[]): Expression<Buffer>[] {
  const seen = new Set<Expression<Buffer>>();
  const visit = (expression: Expression<Buffer>): void => {
    if (seen.has(expression)) return;
    if (expression.kind === 'apply') expression.inputs.forEach(visit);
    seen.add(expression);
  };
  roots.forEach(visit);
  return [...seen];
}
