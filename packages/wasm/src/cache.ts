/**
 * Compile-once cache: key → `WebAssembly.Module`.
 * Invariant: a key names everything the bytes depend on (kernel, shape, baked addresses), so a hit never needs the bytes.
 */
import { WasmError } from './errors.ts';

/**
 * Compiles the bytes of a module on the calling thread.
 * @throws WasmError `WASM_INVALID_MODULE` with the engine's own words as the cause.
 */
export function compileModule(bytes: Uint8Array<ArrayBuffer>, key = 'module'): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new WasmError('WASM_INVALID_MODULE', `Got ${bytes.length} bytes for "${key}": ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}

/** Modules by key, the least recently used dropped first. */
export class ModuleCache {
  readonly capacity: number;
  readonly #modules = new Map<string, WebAssembly.Module>();

  /** `capacity`: how many modules are kept at most. */
  constructor(capacity = 256) {
    this.capacity = capacity;
  }

  /** How many modules are held. */
  get size(): number {
    return this.#modules.size;
  }

  /** The module of `key`, compiled from `build()` the first time. */
  get(key: string, build: () => Uint8Array<ArrayBuffer>): WebAssembly.Module {
    const known = this.#modules.get(key);
    const module = known ?? compileModule(build(), key);
    // A Map keeps insertion order: putting the key back at the end makes the first one the least recently used.
    if (known !== undefined) this.#modules.delete(key);
    this.#modules.set(key, module);
    if (this.#modules.size > this.capacity) this.#modules.delete(this.#modules.keys().next().value!);
    return module;
  }

  /** Forgets every module. */
  clear(): void {
    this.#modules.clear();
  }
}

const shared = new ModuleCache();

/** The module of `key` out of the cache shared by all packages; prefix keys with the package's name. */
export function compileOnce(key: string, build: () => Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return shared.get(key, build);
}
