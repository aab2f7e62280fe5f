/**
 * The kernels of one compiled step: a module under construction in which every function is made once.
 *
 * Invariant: two requests with the same key get the same function, so a network of twenty equal blocks compiles one kernel of each kind.
 * Every kernel that the executor calls starts with `begin, end, scratch`: the part of its range that this thread computes and a private
 * buffer. A range never cuts a sum, so the bits of a result do not depend on the number of threads.
 */
import { type Expr, type FunctionBuilder, i32, type I32, type MemoryOptions, ModuleBuilder, type Signature, type ValueType } from '@bitvox/wasm';

/** The parameters with which every kernel begins. */
export const RANGE = { begin: 'i32', end: 'i32', scratch: 'i32' } as const;

/** `address + index * 4`: the address of a float. */
export function at(address: I32, index: I32): Expr<'i32'> {
  return i32.add(address, typeof index === 'number' ? index * 4 : i32.shl(index, 2));
}

const NAME_LENGTH = 48;

/** Collects functions by key and builds them into one module. */
export class KernelLibrary {
  readonly module: ModuleBuilder;
  readonly #functions = new Map<string, FunctionBuilder>();

  constructor(memory: MemoryOptions = { from: 'import' }) {
    this.module = new ModuleBuilder(memory);
  }

  /**
   * The function of a key; `body` writes it at the first request.
   * @param key What makes the function different from every other one: its family and everything baked into its code. Its export name begins with it.
   */
  function<S extends Signature, R extends ValueType | 'void' = 'void'>(
    key: string,
    signature: S,
    body: (builder: FunctionBuilder<S, R>) => void,
    result?: R,
  ): FunctionBuilder<S, R> {
    const known = this.#functions.get(key);
    if (known !== undefined) return known as unknown as FunctionBuilder<S, R>;
    const name = key.length <= NAME_LENGTH ? key : `${key.slice(0, NAME_LENGTH)}~${this.#functions.size}`;
    const builder = this.module.function<S, R>(name, signature, result === undefined ? {} : { result });
    this.#functions.set(key, builder as unknown as FunctionBuilder);
    body(builder);
    return builder;
  }

  /** The finished module. */
  build(): Uint8Array<ArrayBuffer> {
    return this.module.build();
  }
}
