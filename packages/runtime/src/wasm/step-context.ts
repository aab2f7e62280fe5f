/** What preparing a step needs to know: the program, the row buffers, the layout, and the kernels that will be compiled. */
import { outputsOf, type Program, type Step } from '../program.ts';
import { ELEMENT_BYTES, type MemoryPlan } from '../schedule/memory-plan.ts';
import type { Kernel } from './kernels/kernel.ts';
import type { Layout } from './layout.ts';

/** An exported kernel. */
export type Run = (...args: number[]) => void;

/** Compiled kernels by name, the scratch region, the memory. */
export interface Linked {
  readonly memory: WebAssembly.Memory;
  readonly scratch: number;
  kernel(kernel: Kernel): Run;
}

/** Computes `count` frames of a step; `input` is the address of the first tap, `columns` say where the other tensors are read and written. */
export type Compute = (input: number, columns: Int32Array, count: number) => void;

/** Accumulators in memory: where they are, how far apart the rows, and the type. */
export interface Accumulators {
  readonly source: 'i8' | 'i16' | 'i32' | 'f32';
  /** Computes the accumulators; returns the address of the first. */
  link(linked: Linked): (input: number, count: number) => number;
  readonly stride: number;
}

/** A tensor's buffer. */
export interface RowBuffer {
  readonly address: number;
  /** Bytes between two rows. */
  readonly stride: number;
  readonly elementBytes: number;
}

/** Shared by the preparation of all steps of one program. */
export class StepContext {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly layout: Layout;
  readonly buffers: readonly RowBuffer[];
  readonly kernels = new Map<string, Kernel>();

  constructor(program: Program, plan: MemoryPlan, layout: Layout) {
    this.program = program;
    this.plan = plan;
    this.layout = layout;
    const region = layout.reserve(plan.bytes);
    this.buffers = program.tensors.map(({ format }, index) => {
      const elementBytes = ELEMENT_BYTES[format];
      const { stride, address } = plan.tensors[index]!;
      return { address: region + address, stride: stride * elementBytes, elementBytes };
    });
  }

  /** Asks for a kernel. */
  use(kernel: Kernel): Kernel {
    this.kernels.set(kernel.name, kernel);
    return kernel;
  }

  /** Most frames of a step's output that are computed at once. */
  block(step: Step): number {
    return this.plan.tensors[outputsOf(step)[0]!]!.block;
  }
}

/** Bytes of a scratch row for `frames` elements and what kernels write beyond: an odd number of cache lines. */
export function scratchStride(frames: number, elementBytes: number): number {
  const lines = Math.ceil((frames * elementBytes) / 64) + 1;
  return (lines % 2 === 0 ? lines + 1 : lines) * 64;
}
