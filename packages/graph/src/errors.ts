/** Coded errors of the graph package. A code is permanent; the docs page of errors is generated from this catalogue. */

/** What each code means and what to do about it. */
export const GRAPH_ERRORS = {
  GRAPH_ATTRIBUTE: { summary: 'An attribute of a node is missing, unknown or out of range.', hint: 'Compare the node with the table of operations.' },
  GRAPH_NODE: {
    summary: 'A node refers to something that does not exist, comes too late, or exists twice.',
    hint: 'List nodes so that each stands after its inputs, with unique names.',
  },
  GRAPH_SHAPE: { summary: 'The inputs of a node do not fit its operation.', hint: 'Check channels, frames and padding of the node that the message names.' },
  GRAPH_STREAM: { summary: 'A node cannot run frame by frame.', hint: 'Replace the node, or run whole clips instead of a stream.' },
  GRAPH_LEVEL: {
    summary: 'The levels of a network do not fit together, or there is no level of that name.',
    hint: 'Give nodes that differ between levels different names; `bitvox inspect` lists the levels of a model.',
  },
  GRAPH_TENSOR: {
    summary: 'A tensor of a model is missing, superfluous, or has another type or shape than its node needs.',
    hint: 'Save the model again with the same version that trained it.',
  },
  MODEL_FILE_TRUNCATED: { summary: 'The model file ends before its contents do.', hint: 'Copy or download the file again.' },
  MODEL_FILE_DAMAGED: { summary: 'The model file contradicts itself or its checksum.', hint: 'Copy or download the file again.' },
  MODEL_FILE_TOO_LARGE: { summary: 'The model file asks for more memory than allowed.', hint: 'Raise the limit if you trust the file.' },
  MODEL_FILE_VERSION: { summary: 'The model file was written by a newer version.', hint: 'Update bitvox.' },
  MODEL_FILE_FORMAT: { summary: 'The file is not a bitvox model.', hint: 'Pass a file that `bitvox train` wrote.' },
} as const;

/** A permanent error code of this package. */
export type GraphErrorCode = keyof typeof GRAPH_ERRORS;

/** An error with a code, what was got, and what to do. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: GraphErrorCode;
  /** The node that the error is about, where there is one. */
  readonly node: string | undefined;

  constructor(code: GraphErrorCode, detail: string, node?: string) {
    super(`${code}: ${node === undefined ? '' : `node "${node}": `}${detail} ${GRAPH_ERRORS[code].hint}`);
    this.code = code;
    this.node = node;
  }
}
