/**
 * Running statistics measured anew for fixed weights: the plain average over batches of what they collect, which for batch norms is mean and
 * unbiased variance. Where levels share a node, the average is over them too.
 * Weights that were averaged, or that moved fast in the last steps, do not fit the running statistics gathered on the way.
 */
import type { Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { fullGraph, nodesOf, type Trainable } from '../network/levels.ts';
import { INPUTS } from '../network/ops/input.ts';
import { slotData, tensorsOf, writeSlots } from '../network/slots.ts';
import { calibrationStep, statisticsOutput } from '../network/steps.ts';
import { type Batches, checkBatch } from './data.ts';

type Slots = ReadonlyMap<string, Float32Array>;

/** A compiled calibration, reusable for other weights. */
export class Calibrator {
  readonly #network: Trainable;
  readonly #step: CompiledStep;
  readonly #batch: number;

  private constructor(network: Trainable, step: CompiledStep, batch: number) {
    this.#network = network;
    this.#step = step;
    this.#batch = batch;
  }

  static async compile(network: Trainable, executor: Executor, batch: number): Promise<Calibrator> {
    return new Calibrator(network, await executor.compile(calibrationStep(network, batch)), batch);
  }

  /** The slots with their statistics measured over at most `count` batches. Nothing is changed in place. */
  async calibrate(slots: Slots, batches: Batches, count = Infinity): Promise<Map<string, Float32Array>> {
    const nodes = nodesOf(this.#network).filter(({ tensors }) => tensors.some(({ trainable }) => !trainable));
    if (nodes.length === 0) return new Map(slots);
    writeSlots(this.#step, slots);
    const sums = new Map<string, Float64Array>();
    let measured = 0;
    for await (const batch of batches) {
      if (measured >= count) break;
      checkBatch(fullGraph(this.#network), batch, this.#batch);
      this.#step.input(INPUTS).set(batch.inputs);
      await this.#step.run({ learningRate: 0, step: 0 });
      for (const { name } of nodes) {
        const collected = this.#step.output(statisticsOutput(name));
        const sum = sums.get(name) ?? new Float64Array(collected.length);
        collected.forEach((value, at) => {
          sum[at]! += value;
        });
        sums.set(name, sum);
      }
      measured++;
    }
    if (measured === 0) throw new TrainingError('TRAIN_DATA', 'got no batch to calibrate with, wanted at least 1');
    const means = [...sums].map(([name, sum]): [string, Float32Array] => [`state/${name}/statistics`, Float32Array.from(sum, (total) => total / measured)]);
    return new Map([...slots, ...means]);
  }

  dispose(): void {
    this.#step.dispose();
  }
}

/** What calibration needs. */
export interface CalibrationOptions {
  /** A graph, or the levels of a network that can be thinned. */
  readonly graph: Trainable;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Batches of `batch` clips each. */
  readonly batches: Batches;
  readonly batch: number;
  readonly executor: Executor;
}

/**
 * The tensors with running statistics measured over all batches; to be done before freezing, with training data.
 * @throws TrainingError `TRAIN_TENSOR` for tensors that do not fit, `TRAIN_DATA` for batches that do not.
 */
export async function calibrate({ graph, tensors, batches, batch, executor }: CalibrationOptions): Promise<Map<string, Tensor>> {
  const slots = slotData(graph, tensors);
  const calibrator = await Calibrator.compile(graph, executor, batch);
  try {
    const calibrated = await calibrator.calibrate(slots, batches);
    return tensorsOf(graph, (slot) => calibrated.get(slot)!);
  } finally {
    calibrator.dispose();
  }
}
