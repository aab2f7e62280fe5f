/**
 * A kernel is a function of a module: a name that says all about it, and the code. Shapes and addresses are arguments, so one
 * function serves every layer of a kind and one module every program that uses the same kinds.
 *
 * Loops are rolled, bodies load at most 8 vectors and keep at most 8 sums: V8 11 spills beyond that.
 * Kernels write whole vectors: up to 15 frames beyond those asked for are overwritten with anything.
 */
import { type Expr, type FunctionBuilder, i32, type Local, type ModuleBuilder, type Signature } from '@bitvox/wasm';

/** A function to be put into a module. */
export interface Kernel {
  readonly name: string;
  /** Whether the address of the scratch region is part of the code. */
  readonly usesScratch: boolean;
  define(module: ModuleBuilder, scratch: number): void;
}

/** Emits a function. */
type Body<Names extends readonly string[]> = (f: FunctionBuilder, p: { readonly [K in Names[number]]: Local<'i32'> }, scratch: number) => void;

function define<const Names extends readonly string[]>(module: ModuleBuilder, name: string, parameters: readonly string[]): Defined<Names> {
  const signature: Signature = Object.fromEntries(parameters.map((parameter) => [parameter, 'i32' as const]));
  const f = module.function(name, signature);
  return { f: f as unknown as FunctionBuilder, p: f.params as unknown as Defined<Names>['p'] };
}

interface Defined<Names extends readonly string[]> {
  readonly f: FunctionBuilder;
  readonly p: { readonly [K in Names[number]]: Local<'i32'> };
}

/** A kernel with parameters of type `i32`. */
export function kernel<const Names extends readonly string[]>(name: string, parameters: Names, body: Body<Names>): Kernel {
  return {
    name,
    usesScratch: false,
    define(module, scratch) {
      const { f, p } = define<Names>(module, name, parameters);
      body(f, p, scratch);
    },
  };
}

/** A kernel whose parameters stand in memory, one after the other, at the address that is its only argument. */
export function blockKernel<const Names extends readonly string[]>(name: string, parameters: Names, body: Body<Names>, usesScratch = false): Kernel {
  return {
    name,
    usesScratch,
    define(module, scratch) {
      const { f, p } = define<['block']>(module, name, ['block']);
      const loaded = Object.fromEntries(parameters.map((parameter, index) => [parameter, f.let(i32.load(p.block, 4 * index))]));
      body(f, loaded as Parameters<Body<Names>>[1], scratch);
    },
  };
}

/** Locals for addresses and counts. */
export function pointers<const Count extends 2 | 4 | 5 | 6>(f: FunctionBuilder, count: Count): Pointers[Count] {
  return f.locals('i32', count) as unknown as Pointers[Count];
}

type L = Local<'i32'>;
interface Pointers {
  readonly 2: readonly [L, L];
  readonly 4: readonly [L, L, L, L];
  readonly 5: readonly [L, L, L, L, L];
  readonly 6: readonly [L, L, L, L, L, L];
}

/** Repeats `body` `times` times (at least once); counts the local down to 0. */
export function repeat(f: FunctionBuilder, times: Local<'i32'>, body: () => void): void {
  f.doWhile(body, () => f.tee(times, i32.sub(times, 1)));
}

/** Runs `body` for frames 0, `step`, ... below `frames` (at least once). */
export function overFrames(f: FunctionBuilder, frame: Local<'i32'>, frames: Expr<'i32'>, step: number, body: () => void): void {
  f.set(frame, 0);
  f.doWhile(body, () => i32.ltS(f.tee(frame, i32.add(frame, step)), frames));
}

/** `pointer += bytes`. */
export function advance(f: FunctionBuilder, pointer: Local<'i32'>, bytes: Expr<'i32'> | number): void {
  f.set(pointer, i32.add(pointer, bytes));
}
