/**
 * Where a training stands between two steps, what it would hand out, and how both become a checkpoint and come out of one.
 * Invariant: `start` after `checkpoint` restores everything that later steps depend on.
 */
import { nodeSpecs, type Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import { initialize } from '../network/initialize.ts';
import { asLevels, type Trainable } from '../network/levels.ts';
import { slotData } from '../network/slots.ts';
import type { Checkpoint, Kept, Position, Tally } from './checkpoint.ts';
import type { EvaluationData, TrainingData } from './data.ts';
import type { ValidationEvent } from './events.ts';
import type { Recipe } from './recipe.ts';
import type { Slots, TrainingRun } from './run.ts';

/** What the start of a training is made of. */
export interface StartOptions {
  readonly network: Trainable;
  readonly recipe: Recipe;
  readonly data: TrainingData;
  readonly initial?: ReadonlyMap<string, Tensor>;
  readonly checkpoint?: Checkpoint;
}

const KEPT = 'kept/';

/** The network as a text that a resumed training has to have too. */
function graphText(network: Trainable): string {
  const levels = asLevels(network).map(({ name, graph }) => [name, nodeSpecs(graph)] as const);
  return JSON.stringify(levels.length === 1 ? levels[0]![1] : levels);
}

/** The tally before the first batch of an epoch. */
export const NOTHING: Tally = { clips: 0, correct: 0, loss: 0 };

/** Where a training stands, and what it would hand out. */
export class Progress {
  readonly #options: StartOptions;
  readonly #run: TrainingRun;
  readonly #graphText: string;
  readonly #recipeText: string;
  position: Position = { epoch: 0, batch: 0, step: 0 };
  tally: Tally = NOTHING;
  kept: Kept | null = null;
  keptSlots: Slots = new Map();

  constructor(options: StartOptions, run: TrainingRun) {
    this.#options = options;
    this.#run = run;
    this.#graphText = graphText(options.network);
    this.#recipeText = JSON.stringify(options.recipe);
  }

  /** Starts from tensors or from a checkpoint. Throws `TRAIN_CHECKPOINT` for one that belongs to another training. */
  start(): void {
    const { network, recipe, initial, checkpoint } = this.#options;
    if (checkpoint === undefined) {
      this.#run.load(slotData(network, initial ?? initialize(network, recipe.seed)));
      return;
    }
    this.#checkOrigin(checkpoint);
    this.#run.load(checkpoint.slots);
    this.position = checkpoint.position;
    this.tally = checkpoint.tally;
    this.kept = checkpoint.kept;
    this.keptSlots = new Map([...checkpoint.slots].filter(([slot]) => slot.startsWith(KEPT)).map(([slot, data]) => [slot.slice(KEPT.length), data]));
  }

  #checkOrigin({ graph, recipe, position, slots }: Checkpoint): void {
    const refuse = (reason: string): never => {
      throw new TrainingError('TRAIN_CHECKPOINT', reason);
    };
    if (graph !== this.#graphText) refuse('the checkpoint was written for another graph');
    if (recipe !== this.#recipeText) refuse(`the checkpoint was written for the recipe ${recipe}, got ${this.#recipeText}`);
    const { batchesPerEpoch } = this.#options.data;
    if (position.step !== position.epoch * batchesPerEpoch + position.batch || position.batch >= batchesPerEpoch) {
      refuse(`the checkpoint is ${position.step} steps far in epoch ${position.epoch}, which does not fit epochs of ${batchesPerEpoch} batches`);
    }
    const absent = [...this.#run.slots()].find(([slot, { length }]) => slots.get(slot)?.length !== length);
    if (absent !== undefined) refuse(`the checkpoint has no slot "${absent[0]}" of ${absent[1].length} numbers; it was written with another executor`);
  }

  checkpoint(): Checkpoint {
    const slots = this.#run.slots();
    for (const [slot, data] of this.keptSlots) slots.set(KEPT + slot, data.slice());
    return { graph: this.#graphText, recipe: this.#recipeText, position: this.position, tally: this.tally, kept: this.kept, slots };
  }

  /** Measures what would be handed out after `epoch`, and keeps it if it is the best (or the last, if the recipe says so). */
  async validate(epoch: number, validation: EvaluationData): Promise<ValidationEvent> {
    const slots = await this.#run.handOut();
    const [{ level: _, ...measurement }, ...thinner] = await this.#run.measure(slots, validation);
    const isKept = this.kept === null || this.#options.recipe.keep === 'last' || measurement.accuracy >= this.kept.accuracy;
    if (isKept) {
      this.kept = { epoch, accuracy: measurement.accuracy };
      this.keptSlots = slots;
    }
    return { type: 'validation', epoch, ...measurement, kept: isKept, ...(thinner.length === 0 ? {} : { thinner }) };
  }
}
