/**
 * A summary by bit width: parameters, stored bytes and multiply-accumulates of every layer and of the whole network,
 * in the manner of larq's model summary. Binary operations count apart from wider ones.
 */
import { definitionOf, factorFolds, type Graph } from './graph.ts';
import type { Shape, StoredBits, TensorSpec } from './ops/definition.ts';

/** What one node stores and does. */
export interface LayerSummary {
  readonly name: string;
  readonly op: string;
  readonly shape: Shape;
  /** Trained parameters by width. */
  readonly parameters: ReadonlyMap<StoredBits, number>;
  /** Bytes of the node in a frozen file: packed weights, floats, a 4-byte factor per output plane and a bias unless a batch norm takes both. */
  readonly bytes: number;
  readonly macs: number;
  /** Widths of weights and activations of the multiply-accumulates. */
  readonly weightBits: StoredBits;
  readonly activationBits: StoredBits;
}

/** A whole network. */
export interface Summary {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  /** Parameters by width. */
  readonly parametersByBits: ReadonlyMap<StoredBits, number>;
  /** Bytes of all tensors in a frozen file. */
  readonly bytes: number;
  /** Bytes if every parameter were a 32-bit float. */
  readonly floatBytes: number;
  readonly macs: number;
  /** Multiply-accumulates where weights and activations are 1 bit, those of all terms. */
  readonly binaryMacs: number;
  /** Operations as the papers on binary networks count them (Liu et al. 2018): a 64th of the binary multiply-accumulates, and all others. */
  readonly operations: number;
  /** Newest input frame needed beyond the frame an output is aligned with. */
  readonly delay: number;
  /** Input frames one output depends on. */
  readonly receptiveField: number;
}

function packedBytes({ role, shape, bits }: TensorSpec, factorFolds: boolean): number {
  if (role === 'bias' && factorFolds) return 0;
  const rows = shape[0]!;
  const perRow = shape.slice(1).reduce((product, size) => product * size, 1);
  if (bits === 32) return 4 * rows * perRow;
  const rowBytes = bits === 1 ? Math.ceil(perRow / 8) : perRow;
  return rows * rowBytes + (factorFolds ? 0 : 4 * rows);
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/** Counts what a graph stores and does for a clip of the length that its input declares. */
export function summarize(graph: Graph): Summary {
  const layers = graph.nodes.map((node): LayerSummary => {
    const parameters = new Map<StoredBits, number>();
    for (const { shape, bits, trainable } of node.tensors) {
      if (trainable) parameters.set(bits, (parameters.get(bits) ?? 0) + shape.reduce((product, size) => product * size, 1));
    }
    const folds = node.frozen[0]?.bits !== 32 && factorFolds(graph, node);
    const bytes = sum(node.frozen.map((tensor) => packedBytes(tensor, folds)));
    const { macs, weightBits, activationBits } = definitionOf(node.op).cost(node.inputShapes, node.shape, node.attributes);
    return { name: node.name, op: node.op, shape: node.shape, parameters, bytes, macs, weightBits, activationBits };
  });
  const byBits = new Map<StoredBits, number>();
  for (const layer of layers) for (const [bits, count] of layer.parameters) byBits.set(bits, (byBits.get(bits) ?? 0) + count);
  const parameters = sum(byBits.values());
  const macs = sum(layers.map((layer) => layer.macs));
  const binaryMacs = sum(layers.filter((layer) => layer.weightBits === 1 && layer.activationBits === 1).map((layer) => layer.macs));
  const { delay, receptiveField } = graph.nodes.at(-1)!.stream;
  return {
    layers,
    parameters,
    parametersByBits: new Map([...byBits].sort(([a], [b]) => a - b)),
    bytes: sum(layers.map((layer) => layer.bytes)),
    floatBytes: 4 * parameters,
    macs,
    binaryMacs,
    operations: macs - binaryMacs + binaryMacs / 64,
    delay,
    receptiveField,
  };
}

const grouped = (value: number): string => value.toLocaleString('en-US');

/** The summary as a plain-text table, one line a node that has parameters or costs, then totals. */
export function formatSummary(summary: Summary): string {
  const rows = summary.layers
    .filter((layer) => layer.bytes > 0 || layer.macs > 0)
    .map((layer) => [
      layer.name,
      layer.op,
      `${layer.shape.channels} x ${layer.shape.frames}`,
      [...layer.parameters].map(([bits, count]) => `${grouped(count)} @ ${bits} bit`).join(', '),
      grouped(layer.bytes),
      grouped(layer.macs),
      layer.macs === 0 ? '' : `${layer.weightBits} x ${layer.activationBits}`,
    ]);
  const header = ['node', 'operation', 'output', 'parameters', 'bytes', 'MACs', 'bits'];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const rightAligned = new Set([4, 5]);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (rightAligned.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  const totals = [
    `parameters     ${grouped(summary.parameters)} (${[...summary.parametersByBits].map(([bits, count]) => `${grouped(count)} @ ${bits} bit`).join(', ')})`,
    `bytes          ${grouped(summary.bytes)} (${(summary.floatBytes / summary.bytes).toFixed(1)} times below ${grouped(summary.floatBytes)} of float)`,
    `MACs           ${grouped(summary.macs)} (${grouped(summary.binaryMacs)} binary; ${grouped(Math.round(summary.operations))} where 64 of those count as one)`,
    `in a stream    waits ${summary.delay} input frames, hears ${summary.receptiveField}`,
  ];
  return [line(header), ...rows.map(line), '', ...totals].join('\n');
}
