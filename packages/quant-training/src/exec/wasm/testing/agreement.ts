/** Compares the WebAssembly executor with the reference on any step: same leaves, same steps, every output and slot. */
import { Random } from '@bitvox/ternary-prng';
import { sizeOf } from '../../../ir/shape.ts';
import type { CompiledStep, Executor, StepGraph } from '../../../ir/types.ts';
import { referenceExecutor } from '../../reference.ts';
import { wasmExecutor } from '../executor.ts';

/** How to compare. */
export interface AgreementOptions {
  /** Steps to run; 1 unless told. */
  readonly steps?: number;
  /** Largest difference, relative to the largest element of the tensor. */
  readonly tolerance?: number;
  readonly seed?: number;
  readonly executor?: Executor;
}

/** Writes the same random numbers into every step: positive where the name says `gamma`, `running` or `statistics`, standard normal elsewhere. */
export function fillLeaves(steps: readonly CompiledStep[], graph: StepGraph, seed: number): void {
  for (const { op, attributes, shape } of [...graph.parameters, ...graph.states, ...graph.inputs]) {
    const random = new Random(seed, op, attributes.name);
    const positive = /gamma|running|statistics/.test(attributes.name);
    const data = Float32Array.from({ length: sizeOf(shape) }, () => (positive ? 0.2 + Math.abs(random.normal()) : random.normal()));
    for (const step of steps) {
      if (op === 'input') step.input(attributes.name).set(data);
      else step.write(`${op}/${attributes.name}`, data);
    }
  }
}

function difference(name: string, got: Float32Array, wanted: Float32Array, tolerance: number): string | null {
  const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
  const at = got.findIndex((value, index) => !(Math.abs(value - wanted[index]!) <= tolerance * scale));
  return at < 0 ? null : `${name}[${at}]: got ${got[at]}, wanted ${wanted[at]} (largest ${scale})`;
}

/** The first difference between the executor (WebAssembly with poisoned temporaries unless told) and the reference; `null` if they agree. */
export async function disagreement(graph: StepGraph, options: AgreementOptions = {}): Promise<string | null> {
  const { steps = 1, tolerance = 2e-4, seed = 1, executor = wasmExecutor({ poison: true }) } = options;
  const [step, reference] = [await executor.compile(graph), await referenceExecutor.compile(graph)];
  try {
    fillLeaves([step, reference], graph, seed);
    const slots = [...step.slots()].toSorted();
    if (slots.join() !== [...reference.slots()].toSorted().join()) return `slots: got ${slots.join()}, wanted ${reference.slots().join()}`;
    for (let at = 1; at <= steps; at++) {
      await step.run({ learningRate: 0.01, step: at });
      await reference.run({ learningRate: 0.01, step: at });
      for (const name of Object.keys(graph.outputs)) {
        const found = difference(`output ${name} of step ${at}`, step.output(name), reference.output(name), tolerance);
        if (found !== null) return found;
      }
      for (const slot of slots) {
        const found = difference(`${slot} after step ${at}`, step.read(slot), reference.read(slot), tolerance);
        if (found !== null) return found;
      }
    }
    return null;
  } finally {
    step.dispose();
    reference.dispose();
  }
}
