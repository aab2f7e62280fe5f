/**
 * Modules that depend on no shape, emitted when the package is built and embedded as text: a page that takes signs compiles them without
 * running their generators, which therefore are not part of what it loads. Modules for a shape are generated when the shape is known;
 * a cold generator takes 1 to 5 ms once in a process and then under one, so that embedding those would cost more than it saves.
 *
 * Invariant: `generated/modules.ts` is what the generators emit, see `embedded.test.ts`.
 */
import { compileOnce } from '@bitvox/wasm';
import { MODULES } from './generated/modules.ts';

/** The compiled module of a name; decoded and compiled once. */
export function embeddedModule(name: keyof typeof MODULES): WebAssembly.Module {
  return compileOnce(`bitpack/${name}`, () => Uint8Array.from(atob(MODULES[name]), (character) => character.charCodeAt(0)));
}
