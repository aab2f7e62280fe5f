/**
 * The parts of a compiled step: buffers, storage, operations and the calls that they become.
 *
 * Invariant: an operation lists every buffer that it reads or writes, so lifetimes and thread barriers follow from the list alone.
 */
import type { KernelLibrary } from '../../kernels/library.ts';

/** A run of floats in memory. Temporaries share memory when their lifetimes do not overlap; the others persist. */
export interface Buffer {
  readonly id: number;
  readonly kind: 'parameters' | 'gradients' | 'moments' | 'states' | 'inputs' | 'constants' | 'scalars' | 'temporary';
  readonly floats: number;
  /** For messages: what is kept here. */
  readonly label: string;
}

/** Where a value lies: densely, row-major, from `offset` floats into a buffer. */
export interface Storage {
  readonly buffer: Buffer;
  readonly offset: number;
}

/** A storage that loops read or write through a pointer of their own; equal places are one object. */
export interface Place extends Storage {
  readonly id: number;
}

/** One call of a kernel. Its range `[0, extent)` may be divided at multiples of `step`. */
export interface Call {
  readonly kernel: string;
  readonly extent: number;
  readonly step: number;
  /** Arguments after the range and the scratch buffer: numbers, or places whose address is put in. */
  readonly operands: readonly (number | Storage)[];
  readonly scratchBytes: number;
  /** Rough number of elementary operations: small calls are not worth dividing. */
  readonly work: number;
}

/** A part of the step that runs as one: its calls do not depend on each other. */
export interface Operation {
  readonly label: string;
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  /** Results to look at when searching for the first value that is not finite. */
  readonly results: readonly (Storage & { readonly floats: number })[];
  readonly calls: (library: KernelLibrary) => readonly Call[];
}

let buffers = 0;

/** A new buffer. */
export function createBuffer(kind: Buffer['kind'], floats: number, label: string): Buffer {
  return { id: buffers++, kind, floats, label };
}
