/**
 * Code bound to memory: one instance per module and memory, however many layers use it. What differs between layers are arguments, so
 * they can share; and engines make calls fast only after many calls of one and the same export (a thousand in Node 20).
 * Invariant: modules here hold no state of their own.
 */
const instances = new WeakMap<WebAssembly.Memory, WeakMap<WebAssembly.Module, WebAssembly.Exports>>();

/** The exports of a module that imports `env.memory`. */
export function exportsOf(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Exports {
  const bound = instances.get(memory) ?? new WeakMap<WebAssembly.Module, WebAssembly.Exports>();
  instances.set(memory, bound);
  const exports = bound.get(module) ?? new WebAssembly.Instance(module, { env: { memory } }).exports;
  bound.set(module, exports);
  return exports;
}
