/** What `--json` says about a model, the same in every command. */
import { type Model, summarize } from '@bitvox/graph';

/** Sizes and costs of a model. */
export interface ModelFacts {
  readonly name: string;
  /** Of the file. */
  readonly bytes: number;
  /** Of all tensors: packed weights, factors, floats. */
  readonly tensorBytes: number;
  readonly parameters: number;
  /** Parameters by the bits they are stored in. */
  readonly parametersByBits: Readonly<Record<string, number>>;
  /** Multiply-accumulates for one clip, and how many of them are on bits. */
  readonly macs: number;
  readonly binaryMacs: number;
}

/** Facts of a model whose file has `bytes` bytes. */
export function modelFacts(model: Model, bytes: number): ModelFacts {
  const summary = summarize(model.graph);
  return {
    name: model.graph.name,
    bytes,
    tensorBytes: summary.bytes,
    parameters: summary.parameters,
    parametersByBits: Object.fromEntries([...summary.parametersByBits].map(([bits, count]) => [String(bits), count])),
    macs: summary.macs,
    binaryMacs: summary.binaryMacs,
  };
}
