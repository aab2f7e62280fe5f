/** Coded errors of the runtime. A code is permanent; the docs page of errors is generated from this catalogue. */

/** What each code means and what to do about it. */
export const RUNTIME_ERRORS = {
  RUNTIME_MIXED: {
    summary: 'Some layers of the model have quantizers and others have none.',
    hint: 'Give every convolution and linear layer a weight and an activation quantizer, or none of them.',
  },
  RUNTIME_NOT_FROZEN: { summary: 'A quantised layer still has float weights.', hint: 'Freeze the trained tensors before the model is run.' },
  RUNTIME_QUANTIZER: {
    summary: 'A layer uses a quantizer that integer execution does not know.',
    hint: 'Use 1-bit activations, or 8-bit activations with a power-of-two range.',
  },
  RUNTIME_RANGE: {
    summary: 'A value of the network does not fit the integers it would be kept in.',
    hint: 'Look for a dead channel (variance near 0) in the node that the message names, or choose another `residualStep`.',
  },
  RUNTIME_OPERATION: { summary: 'An operation stands where it cannot be executed.', hint: 'A softmax may only be the last node.' },
  RUNTIME_OPTION: { summary: 'An option has a value that cannot be used.', hint: 'Compare the call with the documentation of its options.' },
  RUNTIME_INPUT: {
    summary: 'The data handed to a session does not have the shape the network reads.',
    hint: 'Hand over whole frames of one byte per band, frame after frame.',
  },
  RUNTIME_ENDED: { summary: 'A stream was used after it had been flushed.', hint: 'Call `reset` to start a new stream.' },
  RUNTIME_BACKEND: { summary: 'The chosen backend cannot run here.', hint: "Use `backend: 'reference'`, or an engine with WebAssembly SIMD." },
  RUNTIME_MEMORY: { summary: 'The network needs more memory than there is.', hint: 'Shorten the clip length of the graph, or take smaller blocks.' },
  RUNTIME_FEATURES: {
    summary: 'The model does not say how audio becomes frames in a way this front end understands.',
    hint: 'Run the session on frames, or train again with a front end of the features package.',
  },
  RUNTIME_EVALUATION: { summary: 'An example or a truth list cannot be evaluated.', hint: 'Use labels of the model, and truth with start before end.' },
} as const;

/** A permanent error code of this package. */
export type RuntimeErrorCode = keyof typeof RUNTIME_ERRORS;

/** An error with a code, what was got, and what to do. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;
  /** The node that the error is about, where there is one. */
  readonly node: string | undefined;

  constructor(code: RuntimeErrorCode, detail: string, node?: string) {
    super(`${code}: ${node === undefined ? '' : `node "${node}": `}${detail} ${RUNTIME_ERRORS[code].hint}`);
    this.code = code;
    this.node = node;
  }
}
