/**
 * Running statistics of batch norms measured anew for fixed weights: the plain average over batches of mean and unbiased variance.
 * Weights that were averaged, or that moved fast in the last steps, do not fit the running statistics gathered on the way.
 */
import type { Graph, Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { INPUTS } from '../network/ops/input.ts';
import { slotData, tensorsOf, writeSlots } from '../network/slots.ts';
import { calibrationStep, statisticsOutput } from '../network/steps.ts';
import { type Batches, checkBatch } from './data.ts';

type Slots = ReadonlyMap<string, Float32Array>;

/** A compiled calibration, reusable for other weights. */
export class Calibrator {
  readonly #graph: Graph;
  readonly #step: CompiledStep;
  readonly #batch: number;

  private constructor(graph: Graph, step: CompiledStep, batch: number) {
    this.#graph = graph;
    this.#step = step;
    this.#batch = batch;
  }

  static async compile(graph: Graph, executor: Executor, batch: number): Promise<Calibrator> {
    return new Calibrator(graph, await executor.compile(calibrationStep(graph, batch)), batch);
  }

  /** The slots with their statistics measured over at most `count` batches. Nothing is changed in place. */
  async calibrate(slots: Slots, batches: Batches, count = Infinity): Promise<Map<string, Float32Array>> {
    const nodes = this.#graph.nodes.filter((node) => node.op === 'batch-norm');
    if (nodes.length === 0) return new Map(slots);
    writeSlots(this.#step, slots);
    const sums = nodes.map((node) => new Float64Array(2 * node.shape.channels));
    let measured = 0;
    for await (const batch of batches) {
      if (measured >= count) break;
      checkBatch(this.#graph, batch, this.#batch);
      this.#step.input(INPUTS).set(batch.inputs);
      await this.#step.run({ learningRate: 0, step: 0 });
      nodes.forEach((node, at) => {
        const size = this.#batch * node.shape.frames;
        this.#step.output(statisticsOutput(node.name)).forEach((value, index) => {
          sums[at]![index]! += index < node.shape.channels ? value : (value * size) / (size - 1);
        });
      });
      measured++;
    }
    if (measured === 0) throw new TrainingError('TRAIN_DATA', 'got no batch to calibrate with, wanted at least 1');
    const calibrated = new Map(slots);
    nodes.forEach((node, at) =>
      calibrated.set(
        `state/${node.name}/statistics`,
        Float32Array.from(sums[at]!, (sum) => sum / measured),
      ),
    );
    return calibrated;
  }

  dispose(): void {
    this.#step.dispose();
  }
}

/** What calibration needs. */
export interface CalibrationOptions {
  readonly graph: Graph;
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
