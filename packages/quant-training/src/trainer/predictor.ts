/** Logits of a network with fixed tensors: validation, teachers, and anyone who wants the float network's answer. */
import { inputOf, outputOf, type Graph, type Tensor } from '@bitvox/graph';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { INPUTS } from '../network/ops/input.ts';
import { slotData, writeSlots } from '../network/slots.ts';
import { evaluationStep, LOGITS } from '../network/steps.ts';
import { type Batches, checkBatch } from './data.ts';
import { copyClips } from './feed.ts';
import { countCorrect, crossEntropySum } from './score.ts';

/** How a predictor is made. */
export interface PredictorOptions {
  readonly executor: Executor;
  /** Clips that are computed at once; more clips take several runs. */
  readonly batch: number;
}

/** How well a network does on labelled clips. */
export interface Measurement {
  readonly clips: number;
  readonly correct: number;
  /** `correct / clips` */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
}

/** A network that is ready to answer. */
export class Predictor {
  readonly #graph: Graph;
  readonly #step: CompiledStep;
  readonly #capacity: number;

  constructor(graph: Graph, step: CompiledStep, capacity: number) {
    this.#graph = graph;
    this.#step = step;
    this.#capacity = capacity;
  }

  /** Replaces the tensors, given as slots. */
  load(slots: ReadonlyMap<string, Float32Array>): void {
    writeSlots(this.#step, slots);
  }

  /** Logits `[classes][clips]` of clips `[channel][clip][frame]`. */
  async predict(inputs: Float32Array, clips: number): Promise<Float32Array> {
    const { frames } = inputOf(this.#graph).shape;
    const classes = outputOf(this.#graph).shape.channels;
    const logits = new Float32Array(classes * clips);
    for (let start = 0; start < clips; start += this.#capacity) {
      const count = Math.min(this.#capacity, clips - start);
      copyClips(this.#step.input(INPUTS), this.#capacity, inputs, clips, start, count, frames);
      await this.#step.run({ learningRate: 0, step: 0 });
      const part = this.#step.output(LOGITS);
      for (let label = 0; label < classes; label++) {
        logits.set(part.subarray(label * this.#capacity, label * this.#capacity + count), label * clips + start);
      }
    }
    return logits;
  }

  /** Accuracy and mean cross-entropy over labelled batches. */
  async measure(batches: Batches): Promise<Measurement> {
    let [clips, correct, loss] = [0, 0, 0];
    for await (const batch of batches) {
      checkBatch(this.#graph, batch);
      const logits = await this.predict(batch.inputs, batch.labels.length);
      clips += batch.labels.length;
      correct += countCorrect(logits, batch.labels);
      loss += crossEntropySum(logits, batch.labels);
    }
    return { clips, correct, accuracy: clips === 0 ? 0 : correct / clips, loss: clips === 0 ? 0 : loss / clips };
  }

  dispose(): void {
    this.#step.dispose();
  }
}

/**
 * Compiles a network for prediction. Quantised layers compute what their frozen integers will.
 * @throws TrainingError `TRAIN_TENSOR` if a tensor is missing, frozen or of another shape.
 */
export async function createPredictor(graph: Graph, tensors: ReadonlyMap<string, Tensor>, { executor, batch }: PredictorOptions): Promise<Predictor> {
  const slots = slotData(graph, tensors);
  const predictor = new Predictor(graph, await executor.compile(evaluationStep(graph, batch)), batch);
  predictor.load(slots);
  return predictor;
}
