/** Every error of this package: a permanent code, what it means and what to do about it. The message of a thrown error adds what was got and what was wanted. */

/** The catalogue; the documentation page of errors is generated from it. */
export const TRAINING_ERRORS = {
  TRAIN_SHAPE: {
    summary: 'The operands of an operation do not fit together.',
    hint: 'Check the shapes and attributes at the node that the message names; activations are [channel, batch, height, time].',
  },
  TRAIN_ATTRIBUTE: {
    summary: 'An attribute of an operation, optimiser, schedule, loss or quantizer is outside its range.',
    hint: 'Use a value inside the range that the message gives.',
  },
  TRAIN_GRADIENT: {
    summary: 'A gradient was asked for that does not exist.',
    hint: 'Differentiate a loss with a single element, through operations that have a gradient, or put a stop-gradient where none should flow.',
  },
  TRAIN_NAME: {
    summary: 'A parameter, state, input, output or slot name is unknown or used twice.',
    hint: 'Give every leaf its own name and refer to it by exactly that name.',
  },
  TRAIN_DATA: {
    summary: 'Data of the wrong length was written to a slot or fed to an input.',
    hint: 'Pass as many numbers as the shape of the value has elements.',
  },
  TRAIN_QUANTIZER: {
    summary: 'A layer names a quantizer that does not exist or cannot serve there.',
    hint: 'Use a name of the table QUANTIZERS with the bits and the range that it takes.',
  },
  TRAIN_RECIPE: {
    summary: 'A setting of the recipe is missing or out of range.',
    hint: 'Correct the setting that the message names.',
  },
  TRAIN_NETWORK: {
    summary: 'The network cannot be trained as it is.',
    hint: 'A clip of the trained length has to give one frame of scores, for example by a mean-pool over all of its frames.',
  },
  TRAIN_TENSOR: {
    summary: 'A tensor that the network needs is missing or has another shape.',
    hint: 'Start from initialize() or from tensors that were trained with the same graph.',
  },
  TRAIN_NOT_FINITE: {
    summary: 'The loss or a gradient is not a finite number any more.',
    hint: 'Lower the learning rate, lengthen the warm-up, or look at the operation that the message names.',
  },
  TRAIN_CHECKPOINT: {
    summary: 'A checkpoint cannot be read, or it belongs to another training.',
    hint: 'Resume with the graph, the recipe and the version that wrote it, or start anew.',
  },
  TRAIN_MEMORY: {
    summary: 'A step needs more memory than it may have.',
    hint: 'Use a smaller batch or network, or raise the memory limit of the executor (at most 4 GiB).',
  },
  TRAIN_THREADS: {
    summary: 'The threads of a step could not be started.',
    hint: 'Check that SharedArrayBuffer is available (a page has to be cross-origin isolated), or train with one thread.',
  },
  TRAIN_DISPOSED: {
    summary: 'A compiled step was used after it had been disposed.',
    hint: 'Compile the step again, or dispose of it later.',
  },
} as const;

/** The permanent code of an error of this package. */
export type TrainingErrorCode = keyof typeof TRAINING_ERRORS;

/** An error of this package. `code` never changes; `message` says what was got, what was wanted and what to do. */
export class TrainingError extends Error {
  readonly code: TrainingErrorCode;

  constructor(code: TrainingErrorCode, detail: string) {
    super(`${code}: ${detail}. ${TRAINING_ERRORS[code].hint}`);
    this.name = 'TrainingError';
    this.code = code;
  }
}
