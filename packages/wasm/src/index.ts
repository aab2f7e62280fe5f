/** Typed WebAssembly assembler: SIMD kernels generated from ordinary TypeScript, no toolchain. */
export { Arena, arenaBytes, type ArenaOptions, PAGE_BYTES } from './arena.ts';
export { compileOnce, compileModule, ModuleCache } from './cache.ts';
export { WASM_ERRORS, WasmError, type WasmErrorCode } from './errors.ts';
export { type Capabilities, type Capability, detectCapabilities } from './features.ts';
export { type Block, FunctionBuilder, type Params, type Signature } from './function.ts';
export { type Arguments, type MemoryOptions, ModuleBuilder } from './module.ts';
export { f32x4, f64x2 } from './ops/float-lanes.ts';
export { i16x8, i32x4, i64x2, i8x16 } from './ops/integer-lanes.ts';
export { f32, f64, i32, i64, memory, select } from './ops/scalar.ts';
export { v128 } from './ops/v128.ts';
export type { Expr, F32, F64, I32, I64, Local, Statement, V128, ValueType } from './types.ts';
