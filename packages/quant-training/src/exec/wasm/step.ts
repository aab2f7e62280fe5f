/**
 * A compiled step over WebAssembly kernels: one memory, one instance a thread, nothing allocated while it runs.
 *
 * A step whose outputs of one element or whose gradients are not finite leaves parameters, moments and states as they were, so that the
 * operation at fault can still be found.
 */
import { TrainingError } from '../../errors.ts';
import type { CompiledStep, Optimizer, StepGraph, StepScalars } from '../../ir/types.ts';
import type { ThreadPool } from '../pool/pool.ts';
import { createThread } from '../pool/thread.ts';
import { PAGE_BYTES, type Program, SECTIONS } from './compile.ts';
import type { Storage } from './program.ts';
import type { Arena } from './storage.ts';
import { updateScalars } from './update.ts';

interface Span {
  readonly address: number;
  readonly size: number;
}

/** What a step is made of once its module is instantiated. */
export interface StepParts {
  readonly step: StepGraph;
  readonly program: Program;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly pool: ThreadPool;
  /** Fill temporaries with NaN before every run: a value that is read before it is written shows. */
  readonly poison: boolean;
}

/** The step of the WebAssembly executor. */
export class WasmStep implements CompiledStep {
  readonly bytes: number;
  readonly #parts: StepParts;
  readonly #optimizer: Optimizer | null;
  readonly #inputs = new Map<string, Span>();
  readonly #outputs = new Map<string, Span>();
  readonly #slots = new Map<string, Span>();
  #finite = true;
  #disposed = false;

  constructor(parts: StepParts) {
    const { program, step } = parts;
    this.#parts = parts;
    this.#optimizer = step.optimizer;
    this.bytes = program.pages * PAGE_BYTES;
    const spans = (prefix: string, arena: Arena | null, into: Map<string, Span>): void => {
      for (const { name, offset, size } of arena?.entries.values() ?? [])
        if (size > 0) into.set(prefix + name, this.#span({ buffer: arena!.buffer, offset }, size));
    };
    spans('', program.storage.inputs, this.#inputs);
    spans('parameter/', program.storage.parameters, this.#slots);
    program.moments.forEach((arena, order) => spans(`moment${order + 1}/`, arena, this.#slots));
    spans('state/', program.storage.states, this.#slots);
    for (const [name, { size, ...place }] of program.outputs) this.#outputs.set(name, this.#span(place, size));
    for (const { offset, data } of program.storage.constantData)
      this.#view(this.#span({ buffer: program.storage.constants.buffer, offset }, data.length)).set(data);
  }

  input(name: string): Float32Array {
    return this.#view(this.#find(this.#inputs, name, 'input'));
  }

  run(scalars: StepScalars): void {
    this.#alive('run');
    const { program, pool, poison } = this.#parts;
    if (this.#optimizer !== null) {
      const values = updateScalars(this.#optimizer, scalars);
      this.#view(this.#span({ buffer: program.scalars, offset: 0 }, values.length)).set(values);
    }
    if (poison) {
      const { address, bytes } = program.plan.temporaries;
      this.#view({ address, size: bytes >> 2 }).fill(NaN);
    }
    pool.run(SECTIONS.compute);
    this.#finite = this.#isFinite();
    if (this.#finite) pool.run(SECTIONS.update);
  }

  output(name: string): Float32Array {
    return this.#view(this.#find(this.#outputs, name, 'output')).slice();
  }

  firstNonFinite(): string | null {
    this.#alive('firstNonFinite');
    if (this.#finite) return null;
    const { program, module, memory, step } = this.#parts;
    const bad = (span: Span): boolean => !this.#view(span).every(Number.isFinite);
    for (const { label, op, attributes } of [...step.parameters, ...step.states, ...step.inputs]) {
      const span = op === 'input' ? this.#inputs.get(attributes.name)! : this.#slots.get(`${op}/${attributes.name}`);
      if (span !== undefined && bad(span)) return `${label || attributes.name} (${op})`;
    }
    const thread = createThread({ module, memory, schedule: program.stepwise, thread: 0, threads: 1, control: new Int32Array(0) });
    for (const [index, { label, results }] of program.compute.entries()) {
      thread.run(index);
      if (results.some(({ floats, ...place }) => bad(this.#span(place, floats)))) return label;
    }
    return null;
  }

  slots(): readonly string[] {
    return [...this.#slots.keys()];
  }

  read(slot: string): Float32Array {
    return this.#view(this.#find(this.#slots, slot, 'slot')).slice();
  }

  write(slot: string, data: Float32Array): void {
    const target = this.#view(this.#find(this.#slots, slot, 'slot'));
    if (data.length !== target.length) throw new TrainingError('TRAIN_DATA', `got ${data.length} numbers for slot "${slot}", wanted ${target.length}`);
    target.set(data);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#parts.pool.stop();
  }

  #isFinite(): boolean {
    const { finite } = this.#parts.program;
    if (finite !== null && !Number.isFinite(this.#view(this.#span(finite, 1))[0])) return false;
    return [...this.#outputs.values()].every((span) => span.size !== 1 || Number.isFinite(this.#view(span)[0]));
  }

  #span({ buffer, offset }: Storage, size: number): Span {
    return { address: this.#parts.program.plan.addresses.get(buffer)! + offset * 4, size };
  }

  #view({ address, size }: Span): Float32Array {
    return new Float32Array(this.#parts.memory.buffer, address, size);
  }

  #find(table: ReadonlyMap<string, Span>, name: string, what: string): Span {
    this.#alive(`${what} "${name}"`);
    const found = table.get(name);
    if (found === undefined) throw new TrainingError('TRAIN_NAME', `got ${what} "${name}", wanted one of ${[...table.keys()].join(', ') || 'none'}`);
    return found;
  }

  #alive(what: string): void {
    if (this.#disposed) throw new TrainingError('TRAIN_DISPOSED', `${what} of a step that has been disposed`);
  }
}
