/**
 * The reference executor: interprets a step in float64, update rules included. Slow and simple; the oracle of every other executor.
 * Persistent data is kept in float64 between steps, so `read` rounds.
 */
import { TrainingError } from '../errors.ts';
import { sizeOf } from '../ir/shape.ts';
import type { CompiledStep, Executor, StepGraph, StepScalars, Value } from '../ir/types.ts';
import { topologicalOrder } from '../ir/value.ts';
import { momentSizes, updateParameter } from '../optimizers/update.ts';
import { evaluateOrdered } from './evaluate.ts';

class ReferenceStep implements CompiledStep {
  readonly #step: StepGraph;
  readonly #order: readonly Value[];
  readonly #slots = new Map<string, Float64Array>();
  readonly #inputs = new Map<string, Float32Array>();
  readonly #outputs = new Map<string, Float64Array>();
  #culprit: Value | null = null;
  #disposed = false;

  constructor(step: StepGraph) {
    this.#step = step;
    this.#order = topologicalOrder([...Object.values(step.outputs), ...step.stateUpdates.map(({ value }) => value), ...step.gradients]);
    for (const { attributes, shape } of step.parameters) {
      const size = sizeOf(shape);
      this.#slots.set(`parameter/${attributes.name}`, new Float64Array(size));
      if (step.optimizer === null) continue;
      momentSizes(step.optimizer.rule, size).forEach((moment, at) => {
        if (moment > 0) this.#slots.set(`moment${at + 1}/${attributes.name}`, new Float64Array(moment));
      });
    }
    for (const { attributes, shape } of step.states) this.#slots.set(`state/${attributes.name}`, new Float64Array(sizeOf(shape)));
    for (const { attributes, shape } of step.inputs) this.#inputs.set(attributes.name, new Float32Array(sizeOf(shape)));
  }

  get bytes(): number {
    const values = this.#order.reduce((total, { shape }) => total + 8 * sizeOf(shape), 0);
    const persistent = [...this.#slots.values(), ...this.#inputs.values()].reduce((total, { byteLength }) => total + byteLength, 0);
    return values + persistent;
  }

  input(name: string): Float32Array {
    return this.#find(this.#inputs, name, 'input');
  }

  run(scalars: StepScalars): void {
    const feeds = new Map<Value, Float64Array>();
    for (const value of this.#step.inputs) feeds.set(value, Float64Array.from(this.input(value.attributes.name)));
    for (const value of [...this.#step.parameters, ...this.#step.states]) feeds.set(value, this.#slot(`${value.op}/${value.attributes.name}`));
    const data = evaluateOrdered(this.#order, feeds);
    // Found now: the update that follows spreads it to the parameters.
    this.#culprit = this.#order.find((value) => !data.get(value)!.every(Number.isFinite)) ?? null;
    for (const [name, value] of Object.entries(this.#step.outputs)) this.#outputs.set(name, data.get(value)!.slice());
    // Copied before anything is written: an update may read another state or a parameter.
    const updates = this.#step.stateUpdates.map(({ state, value }) => ({ slot: `state/${state.attributes.name}`, data: data.get(value)!.slice() }));
    this.#applyGradients(data, scalars);
    for (const update of updates) this.#slot(update.slot).set(update.data);
  }

  #applyGradients(data: ReadonlyMap<Value, Float64Array>, { learningRate, step }: StepScalars): void {
    const { optimizer, parameters, gradients } = this.#step;
    if (optimizer === null) return;
    const gradientOf = new Map(parameters.map(({ attributes }, at) => [attributes.name, gradients[at]!]));
    for (const group of optimizer.groups) {
      for (const name of group.parameters) {
        const moments = [1, 2].map((order) => this.#slots.get(`moment${order}/${name}`) ?? new Float64Array(0)) as [Float64Array, Float64Array];
        const scalars = { learningRate: learningRate * group.learningRateScale, weightDecay: group.weightDecay, step };
        updateParameter(optimizer.rule, { parameter: this.#slot(`parameter/${name}`), gradient: data.get(gradientOf.get(name)!)!, moments }, scalars);
      }
    }
  }

  output(name: string): Float32Array {
    return Float32Array.from(this.#find(this.#outputs, name, 'output of a finished run'));
  }

  firstNonFinite(): string | null {
    return this.#culprit && `${this.#culprit.label} (${this.#culprit.op})`;
  }

  slots(): readonly string[] {
    return [...this.#slots.keys()];
  }

  read(slot: string): Float32Array {
    return Float32Array.from(this.#slot(slot));
  }

  write(slot: string, data: Float32Array): void {
    const target = this.#slot(slot);
    if (data.length !== target.length) throw new TrainingError('TRAIN_DATA', `got ${data.length} numbers for slot "${slot}", wanted ${target.length}`);
    target.set(data);
  }

  dispose(): void {
    this.#disposed = true;
    for (const table of [this.#slots, this.#inputs, this.#outputs]) table.clear();
  }

  #slot(name: string): Float64Array {
    return this.#find(this.#slots, name, 'slot');
  }

  #find<Data>(table: ReadonlyMap<string, Data>, name: string, what: string): Data {
    if (this.#disposed) throw new TrainingError('TRAIN_DISPOSED', `${what} "${name}" of a step that has been disposed`);
    const found = table.get(name);
    if (found === undefined) throw new TrainingError('TRAIN_NAME', `got ${what} "${name}", wanted one of ${[...table.keys()].join(', ') || 'none'}`);
    return found;
  }
}

/** Interprets steps in float64. */
export const referenceExecutor: Executor = {
  name: 'reference',
  compile: (step) => new ReferenceStep(step),
};
