/** What `--json` says about a model, the same in every command. */
import { type Graph, levelsOf, type Model, summarize } from '@bitvox/graph';

/** Sizes and costs of a network. */
export interface NetworkFacts {
  /** Of the tensors that it reads, frozen: packed weights, factors, floats. */
  readonly tensorBytes: number;
  readonly parameters: number;
  /** Parameters by the bits they are stored in. */
  readonly parametersByBits: Readonly<Record<string, number>>;
  /** Multiply-accumulates for one clip, and how many of them are on bits. */
  readonly macs: number;
  readonly binaryMacs: number;
}

/** Sizes and costs of a model: those of the full network, and of every level where there are more. */
export interface ModelFacts extends NetworkFacts {
  readonly name: string;
  /** Of the file. */
  readonly bytes: number;
  readonly levels?: Readonly<Record<string, NetworkFacts>>;
}

function networkFacts(graph: Graph): NetworkFacts {
  const { bytes, parameters, parametersByBits, macs, binaryMacs } = summarize(graph);
  return {
    tensorBytes: bytes,
    parameters,
    parametersByBits: Object.fromEntries([...parametersByBits].map(([bits, count]) => [String(bits), count])),
    macs,
    binaryMacs,
  };
}

/** Facts of a model whose file has `bytes` bytes. */
export function modelFacts(model: Model, bytes: number): ModelFacts {
  const levels = levelsOf(model);
  const thinned = levels.length > 1 && { levels: Object.fromEntries(levels.map(({ name, graph }) => [name, networkFacts(graph)])) };
  return { name: model.graph.name, bytes, ...networkFacts(model.graph), ...thinned };
}
