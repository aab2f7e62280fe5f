/** Which backend runs, and its executors. */
import { detectCapabilities } from '@bitvox/wasm';
import { RuntimeError } from '../errors.ts';
import type { Program } from '../program.ts';
import { ReferenceExecutor } from '../reference/reference-executor.ts';
import type { Backend, Executor } from '../schedule/executor.ts';
import type { MemoryPlan } from '../schedule/memory-plan.ts';
import { WasmExecutor } from '../wasm/wasm-executor.ts';

/**
 * The backend that runs when `backend` is asked for.
 * @throws RuntimeError `RUNTIME_BACKEND`
 */
export function chosenBackend(backend: Backend | 'auto'): Backend {
  if (backend === 'reference') return backend;
  if (backend !== 'auto' && backend !== 'wasm')
    throw new RuntimeError('RUNTIME_OPTION', `backend must be 'auto', 'reference' or 'wasm', got ${JSON.stringify(backend)}.`);
  const capabilities = typeof WebAssembly === 'object' ? detectCapabilities() : undefined;
  if (capabilities?.simd === true && capabilities.bulkMemory) return 'wasm';
  if (backend === 'auto') return 'reference';
  throw new RuntimeError('RUNTIME_BACKEND', 'this engine has no WebAssembly SIMD.');
}

/** A network that is right needs some megabytes; a damaged or hostile file must not take the machine. */
const MAXIMUM_BYTES = 2 ** 30;

/** Makes an executor with memory of its own. `poison` fills the memory before anything is written. Throws `RUNTIME_MEMORY`. */
export function createExecutor(backend: Backend, program: Program, plan: MemoryPlan, poison: number): Executor {
  if (plan.bytes > MAXIMUM_BYTES)
    throw new RuntimeError('RUNTIME_MEMORY', `its tensors take ${plan.bytes} bytes in blocks of ${plan.block} frames, the limit is ${MAXIMUM_BYTES}.`);
  return backend === 'wasm' ? new WasmExecutor(program, plan, poison) : new ReferenceExecutor(program, plan);
}
