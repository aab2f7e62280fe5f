/**
 * A module under construction: functions over one memory, imported as `env.memory` or owned and exported as `memory`.
 * Invariant: function indices are fixed when a function is declared, so functions may call each other in any order.
 */
import { type Code, flatten, name, sized, unsigned } from './encode.ts';
import { WasmError } from './errors.ts';
import { FunctionBuilder, type Signature } from './function.ts';
import { type Expr, expr, type I32, toI32, TYPE_BYTE, type ValueType } from './types.ts';

/** Where the memory of a module comes from. Sizes in 64 KiB pages. */
export interface MemoryOptions {
  readonly from: 'import' | 'own';
  readonly minimum?: number;
  readonly maximum?: number;
  /** Shared between threads; needs `maximum`. */
  readonly shared?: boolean;
}

/** Arguments of a call, one per parameter; numbers stand for `i32` constants. */
export type Arguments<S extends Signature> = { readonly [K in keyof S]: S[K] extends 'i32' ? I32 : Expr<S[K]> };

/** Builds a WebAssembly module byte by byte. */
export class ModuleBuilder {
  readonly #memory: Required<Omit<MemoryOptions, 'maximum'>> & { maximum: number | undefined };
  readonly #functions: FunctionBuilder[] = [];
  readonly #exported = new Set<number>();

  constructor(memory: MemoryOptions = { from: 'import' }) {
    const { minimum = 1, maximum = 65536 } = memory;
    if (memory.shared === true && memory.maximum === undefined) throw new WasmError('WASM_MEMORY_OPTIONS', 'Got a shared memory without `maximum`.');
    if (![minimum, maximum].every((pages) => Number.isInteger(pages) && pages >= 0 && pages <= 65536) || minimum > maximum) {
      throw new WasmError('WASM_MEMORY_OPTIONS', `Got ${minimum} to ${maximum} pages, wanted 0 <= minimum <= maximum <= 65536.`);
    }
    this.#memory = { from: memory.from, minimum: memory.minimum ?? 1, maximum: memory.maximum, shared: memory.shared ?? false };
  }

  /** Declares a function and, unless `exported` is false, exports it under its name. */
  function<S extends Signature, R extends ValueType | 'void' = 'void'>(
    functionName: string,
    signature: S,
    options: { readonly result?: R; readonly exported?: boolean } = {},
  ): FunctionBuilder<S, R> {
    const builder = new FunctionBuilder<S, R>(functionName, this.#functions.length, signature, options.result ?? ('void' as R));
    this.#functions.push(builder as unknown as FunctionBuilder);
    if (options.exported !== false) this.#exported.add(builder.index);
    return builder;
  }

  /** A call as an expression of the callee's result type (a statement when it returns nothing). */
  call<S extends Signature, R extends ValueType | 'void'>(callee: FunctionBuilder<S, R>, args: Arguments<S>): Expr<R> {
    const values = Object.keys(callee.signature).map((key) => {
      const value = args[key as keyof S] as I32 | Expr<ValueType>;
      return typeof value === 'number' ? toI32(value).code : value.code;
    });
    return expr(callee.result, values, 0x10, unsigned(callee.index));
  }

  /** The finished module. */
  build(): Uint8Array<ArrayBuffer> {
    const limits = (): number[] => {
      const { minimum, maximum, shared } = this.#memory;
      const flags = (maximum === undefined ? 0 : 1) | (shared ? 2 : 0);
      return [flags, ...unsigned(minimum), ...(maximum === undefined ? [] : unsigned(maximum))];
    };
    const types = this.#functions.map((f) => {
      const params = Object.values(f.signature).map((type) => TYPE_BYTE[type]);
      const results = f.result === 'void' ? [] : [TYPE_BYTE[f.result]];
      return [0x60, ...unsigned(params.length), ...params, results.length, ...results];
    });
    const exports = [...this.#exported].map((index) => [...name(this.#functions[index]!.name), 0, ...unsigned(index)]);
    if (this.#memory.from === 'own') exports.push([...name('memory'), 2, 0]);
    const bodies = this.#functions.map((f) => {
      const bytes: number[] = [];
      flatten(f.code(), bytes);
      return sized(bytes);
    });
    const list = (items: readonly number[][]): Code => [unsigned(items.length), items];
    const section = (id: number, content: Code): Code => {
      const bytes: number[] = [];
      flatten(content, bytes);
      return [id, sized(bytes)];
    };
    const out: number[] = [];
    flatten(
      [
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, list(types)),
        this.#memory.from === 'import' ? section(2, [1, name('env'), name('memory'), 2, limits()]) : [],
        section(3, list(this.#functions.map((_, index) => unsigned(index)))),
        this.#memory.from === 'own' ? section(5, [1, limits()]) : [],
        section(7, list(exports)),
        section(10, list(bodies)),
      ],
      out,
    );
    return Uint8Array.from(out);
  }
}
