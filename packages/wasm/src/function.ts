/**
 * One function under construction: locals, statements and structured control flow.
 * Invariant: `depth` is the number of open blocks, so a branch can name its target by the block object.
 */
import { type Code, unsigned } from './encode.ts';
import { WasmError } from './errors.ts';
import { i32 } from './ops/scalar.ts';
import { type Expr, expr, type I32, type Local, type Statement, toI32, TYPE_BYTE, type ValueType } from './types.ts';

/** Parameter names and types of a function, in order. */
export type Signature = Readonly<Record<string, ValueType>>;

/** The parameters of a function as locals, by name. */
export type Params<S extends Signature> = { readonly [K in keyof S]: Local<S[K]> };

/** A block that can be left (`break`) or, for a loop, started again (`continue`). */
export interface Block {
  readonly kind: 'block' | 'loop';
  readonly depth: number;
}

/** Builds the body of one function. Statements are emitted in call order. */
export class FunctionBuilder<S extends Signature = Signature, R extends ValueType | 'void' = ValueType | 'void'> {
  readonly name: string;
  readonly index: number;
  readonly signature: S;
  readonly result: R;
  readonly params: Params<S>;
  #locals: ValueType[] = [];
  #body: Code[] = [];
  #depth = 0;

  constructor(name: string, index: number, signature: S, result: R) {
    this.name = name;
    this.index = index;
    this.signature = signature;
    this.result = result;
    const params: Record<string, Local<ValueType>> = {};
    Object.entries(signature).forEach(([key, type], at) => {
      params[key] = this.#get(type, at);
    });
    this.params = params as Params<S>;
  }

  #get<T extends ValueType>(type: T, index: number): Local<T> {
    return { type, index, code: [0x20, unsigned(index)] };
  }

  /** Declares a local variable, zero at entry. */
  local<T extends ValueType>(type: T): Local<T> {
    this.#locals.push(type);
    return this.#get(type, Object.keys(this.signature).length + this.#locals.length - 1);
  }

  /** Declares `count` locals of one type. */
  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** Declares a local and assigns it. */
  let<T extends ValueType>(value: Expr<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  /** `local = value`; a number assigns to an `i32` local. */
  set<T extends ValueType>(local: Local<T>, value: Expr<T> | (T extends 'i32' ? number : never)): void {
    const code = typeof value === 'number' ? i32.const(value).code : value.code;
    this.#body.push([code, 0x21, unsigned(local.index)]);
  }

  /** Assigns and leaves the value, for use inside a larger expression. */
  tee<T extends ValueType>(local: Local<T>, value: Expr<T>): Expr<T> {
    return expr(value.type, value.code, 0x22, unsigned(local.index));
  }

  /** Emits a statement such as a store. */
  do(statement: Statement): void {
    this.#body.push(statement.code);
  }

  /** Evaluates an expression and drops its value. */
  drop(value: Expr<ValueType>): void {
    this.#body.push([value.code, 0x1a]);
  }

  /** Leaves the function, with a value where the signature has one. */
  return(value?: Expr<ValueType>): void {
    this.#body.push(value === undefined ? [0x0f] : [value.code, 0x0f]);
  }

  /** `do { body } while (condition)`: the rolled loop that V8 compiles best (no test at entry). */
  doWhile(body: (loop: Block) => void, condition: () => I32): void {
    const loop = this.#open('loop');
    body(loop);
    this.#body.push([toI32(condition()).code, 0x0d, 0]);
    this.#close();
  }

  /** `while (condition) { body }` */
  while(condition: () => I32, body: (exit: Block, loop: Block) => void): void {
    const exit = this.#open('block');
    const loop = this.#open('loop');
    this.#body.push([i32.eqz(condition()).code, 0x0d, 1]);
    body(exit, loop);
    this.#body.push([0x0c, 0]);
    this.#close();
    this.#close();
  }

  /** `for (counter = from; counter < to (signed); counter += step) { body }`; `to` is evaluated on every turn. */
  for(counter: Local<'i32'>, from: I32, to: I32, step: I32, body: (exit: Block) => void): void {
    this.set(counter, toI32(from));
    this.while(
      () => i32.ltS(counter, to),
      (exit) => {
        body(exit);
        this.set(counter, i32.add(counter, step));
      },
    );
  }

  /** `if (condition) { whenTrue } else { whenFalse }` */
  if(condition: I32, whenTrue: () => void, whenFalse?: () => void): void {
    this.#body.push([toI32(condition).code, 0x04, 0x40]);
    this.#depth++;
    whenTrue();
    if (whenFalse !== undefined) {
      this.#body.push([0x05]);
      whenFalse();
    }
    this.#close();
  }

  /** A block that `break` can leave. */
  block(body: (block: Block) => void): void {
    const block = this.#open('block');
    body(block);
    this.#close();
  }

  /** Leaves a block, or starts a loop again; always, or when `condition` is not zero. */
  branch(target: Block, condition?: I32): void {
    const relative = unsigned(this.#depth - target.depth);
    this.#body.push(condition === undefined ? [0x0c, relative] : [toI32(condition).code, 0x0d, relative]);
  }

  #open(kind: Block['kind']): Block {
    this.#body.push([kind === 'loop' ? 0x03 : 0x02, 0x40]);
    this.#depth++;
    return { kind, depth: this.#depth };
  }

  #close(): void {
    this.#body.push([0x0b]);
    this.#depth--;
  }

  /** The local declarations and body, ready to be flattened. */
  code(): Code {
    if (this.#depth !== 0) throw new WasmError('WASM_FUNCTION_OPEN', `Got function ${this.name} with ${this.#depth} open blocks, wanted none.`);
    const runs: [ValueType, number][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    return [unsigned(runs.length), runs.map(([type, count]) => [unsigned(count), TYPE_BYTE[type]]), this.#body, 0x0b];
  }
}
