/**
 * From operations to what each thread calls: large operations are divided and end at a barrier, runs of small ones are left to thread 0.
 * Invariant: every range is covered exactly once, cut only at multiples of its step; between an operation and one that depends on it lies a barrier
 * or nothing but the order of one thread.
 */
import type { KernelLibrary } from '../../kernels/library.ts';
import type { ThreadCall, ThreadSchedule } from '../pool/thread.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { Call, Operation, Storage } from './program.ts';

/** Work below which dividing costs more than it saves. */
const SMALL = 40_000;

/** The calls of one operation. */
export type OperationCalls = readonly Call[];

/** Bytes of scratch memory that one thread needs. */
export function scratchBytes(operations: readonly OperationCalls[]): number {
  return operations.flat().reduce((most, call) => Math.max(most, call.scratchBytes), 0);
}

/** The part of a range that belongs to a thread. */
export function share({ extent, step }: Pick<Call, 'extent' | 'step'>, thread: number, threads: number): readonly [number, number] {
  const units = Math.ceil(extent / step);
  const bound = (index: number): number => Math.min(extent, Math.floor((units * index) / threads) * step);
  return [bound(thread), bound(thread + 1)];
}

/** Where calls find their memory. */
export interface Addresses {
  readonly plan: MemoryPlan;
  /** Address of the scratch buffer of thread 0, and bytes from one thread's buffer to the next. */
  readonly scratch: number;
  readonly scratchStride: number;
}

function bind({ kernel, operands, ...range }: Call, { plan, scratch, scratchStride }: Addresses, thread: number, threads: number): ThreadCall | null {
  const [begin, end] = share(range, thread, threads);
  if (begin >= end) return null;
  const address = (operand: number | Storage): number => (typeof operand === 'number' ? operand : plan.addresses.get(operand.buffer)! + operand.offset * 4);
  return { kernel, args: [begin, end, scratch + thread * scratchStride, ...operands.map(address)] };
}

/** One section's phases for every thread. */
export function schedulePhases(operations: readonly OperationCalls[], addresses: Addresses, threads: number): ThreadCall[][][] {
  const phases: ThreadCall[][][] = Array.from({ length: threads }, () => []);
  let serial: ThreadCall[] | null = null;
  for (const calls of operations) {
    const large = threads > 1 && calls.reduce((total, call) => total + call.work, 0) >= SMALL;
    if (!large) {
      if (serial === null) {
        serial = [];
        phases.forEach((list, thread) => list.push(thread === 0 ? serial! : []));
      }
      serial.push(...calls.flatMap((call) => bind(call, addresses, 0, 1) ?? []));
      continue;
    }
    serial = null;
    phases.forEach((list, thread) => list.push(calls.flatMap((call) => bind(call, addresses, thread, threads) ?? [])));
  }
  return phases;
}

/** The schedules of all threads for the sections of a step. */
export function scheduleSections(sections: readonly (readonly OperationCalls[])[], addresses: Addresses, threads: number): ThreadSchedule[] {
  const perSection = sections.map((operations) => schedulePhases(operations, addresses, threads));
  return Array.from({ length: threads }, (_, thread) => perSection.map((phases) => phases[thread]!));
}

/** The calls of operations, made in order so that equal kernels are built once. */
export function callsOf(operations: readonly Operation[], library: KernelLibrary): OperationCalls[] {
  return operations.map((operation) => operation.calls(library));
}
