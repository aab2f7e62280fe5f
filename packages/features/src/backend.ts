/**
 * Which implementation runs: the readable reference, or WebAssembly with SIMD.
 */
import { ModuleBuilder, v128 } from '@bitvox/wasm';
import { FeatureError } from './errors.ts';

/** `reference` is the definition in TypeScript, `wasm` the same bits faster, `auto` takes `wasm` where the engine has it. */
export type Backend = 'auto' | 'reference' | 'wasm';

let available: boolean | undefined;

function hasWasm(): boolean {
  if (typeof WebAssembly !== 'object') return false;
  const module = new ModuleBuilder({ from: 'own' });
  const probe = module.function('probe', {}, { result: 'v128' });
  probe.return(v128.zero());
  return WebAssembly.validate(module.build());
}

/**
 * The backend that runs when `backend` is asked for.
 * @throws FeatureError `FEATURE_NO_WEBASSEMBLY`
 */
export function chosenBackend(backend: Backend = 'auto'): Exclude<Backend, 'auto'> {
  available ??= hasWasm();
  if (backend === 'wasm' && !available) throw new FeatureError('FEATURE_NO_WEBASSEMBLY', "Got the backend 'wasm'.");
  return backend === 'auto' ? (available ? 'wasm' : 'reference') : backend;
}
