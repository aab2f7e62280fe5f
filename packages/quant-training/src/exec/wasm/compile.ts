/**
 * Compiles a step graph: legal operations, places, fused loops, one module of kernels, one memory plan, one schedule.
 * Invariant: the size of the memory is known, and checked against the limit, before anything is allocated.
 */
import { TrainingError } from '../../errors.ts';
import { KernelLibrary } from '../../kernels/library.ts';
import { sizeOf } from '../../ir/shape.ts';
import type { StepGraph, Value } from '../../ir/types.ts';
import { momentSizes } from '../../optimizers/update.ts';
import type { ThreadSchedule } from '../pool/thread.ts';
import { legalize, type LegalStep } from './legalize.ts';
import { lower } from './lower.ts';
import { Materialization } from './materialize.ts';
import { lifetimes, type MemoryPlan, planMemory } from './memory-plan.ts';
import { type Buffer, createBuffer, type Operation, type Storage } from './program.ts';
import { type Addresses, callsOf, scheduleSections, scratchBytes } from './schedule.ts';
import { type Arena, arenaOrder, createArena, StoragePlan } from './storage.ts';
import { copyOperation, finiteOperation, GROUP_SCALARS, updateOperations } from './update.ts';

/** Sections of a schedule: everything up to the gradients, then what changes parameters and states. */
export const SECTIONS = { compute: 0, update: 1 } as const;

/** Bytes of a page of memory. */
export const PAGE_BYTES = 65_536;
/** All that 32-bit addresses reach. */
const MOST_PAGES = 65_536;

/** How a step is compiled. */
export interface CompileOptions {
  readonly threads: number;
  readonly shared: boolean;
  /** Bytes. */
  readonly memoryLimit: number;
}

/** A step as data, ready to be instantiated. */
export interface Program {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly pages: number;
  readonly plan: MemoryPlan;
  readonly storage: StoragePlan;
  /** The operations of both sections. */
  readonly compute: readonly Operation[];
  readonly update: readonly Operation[];
  readonly schedules: readonly ThreadSchedule[];
  /** Schedule of every single operation of the first section, for one thread. */
  readonly stepwise: ThreadSchedule;
  readonly outputs: ReadonlyMap<string, Storage & { readonly size: number }>;
  readonly moments: readonly (Arena | null)[];
  readonly scalars: Buffer;
  /** 0 if every gradient is finite, else NaN. */
  readonly finite: Storage | null;
}

/** Arenas of both moments for the rule of a step, in the layout of its parameters. */
function momentArenas(step: LegalStep): (Arena | null)[] {
  return [0, 1].map((order) => {
    if (step.optimizer === null) return null;
    const { rule } = step.optimizer;
    const tensors = arenaOrder(step).map(({ name, size }) => ({ name, size: momentSizes(rule, size)[order]! }));
    return tensors.some(({ size }) => size > 0) ? createArena('moments', `moment ${order + 1}`, tensors) : null;
  });
}

/** Compiles a step. @throws `TRAIN_MEMORY` if it does not fit. */
export function compileProgram(original: StepGraph, { threads, shared, memoryLimit }: CompileOptions): Program {
  const step = legalize(original);
  const materialization = new Materialization(step);
  const storage = new StoragePlan(step, materialization);
  const compute = lower(materialization, storage);
  const update: Operation[] = [];

  // What lies where the update or the caller writes is copied first.
  const volatile = new Set([storage.parameters.buffer, storage.states.buffer, storage.inputs.buffer]);
  const settled = (value: Value, label: string): Storage => {
    const place = storage.of(value);
    if (!volatile.has(place.buffer)) return place;
    const copy = { buffer: createBuffer('temporary', sizeOf(value.shape), label), offset: 0 };
    compute.push(copyOperation(label, storage, place, copy, sizeOf(value.shape)));
    return copy;
  };
  const outputs = new Map(Object.entries(step.outputs).map(([name, value]) => [name, { ...settled(value, `output ${name}`), size: sizeOf(value.shape) }]));
  const states = step.stateUpdates.map(({ state, value }) => ({ state, place: settled(value, `state ${state.attributes.name}`) }));

  const moments = momentArenas(step);
  const scalars = createBuffer('scalars', Math.max(1, (step.optimizer?.groups.length ?? 0) * GROUP_SCALARS), 'scalars of the update');
  let finite: Storage | null = null;
  if (step.optimizer !== null) {
    for (const [name, value] of step.gradients) {
      const wanted = { buffer: storage.gradients.buffer, offset: storage.gradients.entries.get(name)!.offset };
      const place = storage.of(value);
      if (storage.place(place) !== storage.place(wanted)) compute.push(copyOperation(`gradient of ${name}`, storage, place, wanted, sizeOf(value.shape)));
    }
    if (step.gradients.size > 0) {
      finite = { buffer: createBuffer('temporary', 1, 'finite'), offset: 0 };
      compute.push(finiteOperation(storage, { buffer: storage.gradients.buffer, offset: 0 }, storage.gradients.buffer.floats, finite));
    }
    update.push(
      ...updateOperations(step.optimizer, storage, {
        parameters: storage.parameters,
        gradients: storage.gradients,
        moment1: moments[0]!,
        moment2: moments[1]!,
        scalars,
      }),
    );
  }
  for (const { state, place } of states) {
    const target = { buffer: storage.states.buffer, offset: storage.states.entries.get(state.attributes.name)!.offset };
    update.push(copyOperation(`state ${state.attributes.name}`, storage, place, target, sizeOf(state.shape)));
  }

  const library = new KernelLibrary({ from: 'import', minimum: 1, maximum: MOST_PAGES, shared });
  const calls = [callsOf(compute, library), callsOf(update, library)];
  const scratchStride = Math.ceil((scratchBytes(calls.flat()) + 64) / 64) * 64;
  const arenas = [storage.parameters, storage.gradients, ...moments, storage.states, storage.inputs, storage.constants].flatMap((arena) => arena?.buffer ?? []);
  const kept = new Set([...outputs.values(), ...(finite === null ? [] : [finite])].map(({ buffer }) => buffer));
  // Scratch memory lies first; address 0 stays unused.
  const scratch = 64;
  const plan = planMemory(scratch + threads * scratchStride, [...arenas, scalars], lifetimes([...compute, ...update], kept));
  if (plan.end > memoryLimit) throw new TrainingError('TRAIN_MEMORY', `the step needs ${plan.end} bytes, the limit is ${memoryLimit}`);
  const addresses: Addresses = { plan, scratch, scratchStride };
  return {
    module: library.build(),
    pages: Math.ceil(plan.end / PAGE_BYTES),
    plan,
    storage,
    compute,
    update,
    schedules: scheduleSections(calls, addresses, threads),
    stepwise: scheduleSections(
      calls[0]!.map((operation) => [operation]),
      addresses,
      1,
    )[0]!,
    outputs,
    moments,
    scalars,
    finite,
  };
}
