/** Coded errors of the exporter. A code is permanent; the docs page of errors is generated from this catalogue. */

/** What each code means and what to do about it. */
export const ARM_ERRORS = {
  ARM_FLOAT: { summary: 'The network computes in floats.', hint: 'Train with weight and activation quantizers; the exported code has no floating point.' },
  ARM_CORE: { summary: 'There is no core of that name.', hint: 'Use one of the names in the message.' },
  ARM_NAME: { summary: 'A name cannot be used in C.', hint: 'Names are letters, digits and underscores, and begin with a letter.' },
  ARM_KERNEL: {
    summary: 'No kernel computes a step of the network on the chosen core.',
    hint: 'Choose another core, or change the layer that the message names.',
  },
  ARM_SIZE: { summary: 'The network is larger than the exported code can address.', hint: 'Use fewer channels, a smaller window, or less smoothing.' },
  ARM_LEVEL: { summary: 'A program has one level only.', hint: 'Export the model, or lower it at that level.' },
  ARM_FRONT_END: {
    summary: 'The model does not say how audio becomes frames, but golden recordings were given.',
    hint: 'Leave the recordings out, or export a model that was trained with a front end of the features package.',
  },
} as const;

/** A permanent error code of this package. */
export type ArmErrorCode = keyof typeof ARM_ERRORS;

/** An error with a code, what was got, and what to do. */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly code: ArmErrorCode;

  constructor(code: ArmErrorCode, detail: string) {
    super(`${code}: ${detail} ${ARM_ERRORS[code].hint}`);
    this.code = code;
  }
}
