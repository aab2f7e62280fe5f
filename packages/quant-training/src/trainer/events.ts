/** What a training reports, in order: `start`, then per epoch `step`s, `epoch`, `validation` and `checkpoint` where asked for, at last `done` or `stopped`. */
import type { Tensor } from '@bitvox/graph';
import type { Checkpoint } from './checkpoint.ts';
import type { Measurement } from './predictor.ts';

/** Once, when everything is compiled. */
export interface StartEvent {
  readonly type: 'start';
  /** Numbers that the optimiser changes. */
  readonly parameters: number;
  /** Memory of the training step in bytes. */
  readonly bytes: number;
  readonly epochs: number;
  /** Steps of the whole training, and those that a checkpoint has already behind it. */
  readonly steps: number;
  readonly finishedSteps: number;
}

/** After every step. */
export interface StepEvent {
  readonly type: 'step';
  /** From 0. */
  readonly epoch: number;
  /** From 1, over all epochs. */
  readonly step: number;
  readonly loss: number;
  /** Share of the batch that was classified right before the update. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Clips per second, over this step and the wait before it. */
  readonly clipsPerSecond: number;
  /** Share of that time that was spent waiting for data, 0 to 1. */
  readonly waiting: number;
}

/** After the last step of every epoch. */
export interface EpochEvent {
  readonly type: 'epoch';
  readonly epoch: number;
  /** Means over the clips of the epoch. */
  readonly loss: number;
  readonly accuracy: number;
  /** Time of the epoch in seconds, as far as it ran here. */
  readonly seconds: number;
}

/** How well one level of a network does. */
export interface LevelMeasurement extends Measurement {
  /** Name of the level. */
  readonly level: string;
}

/** After a validation. The weights that were measured are those that would be handed out. */
export interface ValidationEvent extends Measurement {
  readonly type: 'validation';
  readonly epoch: number;
  /** Whether these weights are the ones to be handed out so far; the full network decides. */
  readonly kept: boolean;
  /** The other levels of a network that can be thinned. */
  readonly thinner?: readonly LevelMeasurement[];
}

/** A state to resume from. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly checkpoint: Checkpoint;
}

/** The end after an abort: nothing is lost. */
export interface StoppedEvent {
  readonly type: 'stopped';
  readonly checkpoint: Checkpoint;
}

/** The end. */
export interface DoneEvent {
  readonly type: 'done';
  /** Float tensors by `<node>/<role>`, ready to be frozen: of the best epoch if the recipe keeps it, else the last. */
  readonly tensors: Map<string, Tensor>;
  /** The epoch that they come from, and its accuracy in validation if there was one. */
  readonly epoch: number;
  readonly accuracy: number | null;
  readonly steps: number;
}

/** Any of them; `type` tells which. */
export type TrainingEvent = StartEvent | StepEvent | EpochEvent | ValidationEvent | CheckpointEvent | StoppedEvent | DoneEvent;
