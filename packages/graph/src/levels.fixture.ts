/** A network of two levels for tests: 1-bit layers, of which the thin level leaves one out, with a batch norm per level behind the last. */
import { GraphBuilder, type Handle } from './builder.ts';
import type { Graph } from './graph.ts';
import type { Level } from './levels.ts';
import { type Model, type Tensor, tensorBytes, type TensorType } from './model.ts';

const BINARY = { weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } } as const;

function network(blocks: readonly number[], level: string): Graph {
  const builder = new GraphBuilder('thin');
  let x: Handle = builder.input({ channels: 6, frames: 4, scale: 2 ** -6 });
  for (const block of blocks) {
    const product = builder.conv1d(x, { channels: 6, bias: true, ...BINARY }, `block-${block}-product`);
    x = builder.add(builder.batchNorm(product, `block-${block}-norm-${level}`), x, `block-${block}`);
  }
  builder.conv1d(x, { channels: 2, kernel: 4, bias: true }, 'classifier');
  return builder.build();
}

/** The full network and a thin one without block 0. */
export function thinnable(): Level[] {
  return [
    { name: '1x', graph: network([0, 1], '1x') },
    { name: '0.5x', graph: network([1], '0.5x') },
  ];
}

/** Frozen tensors, all different: bits for 1-bit weights, nothing for the biases that fold. */
export function frozenTensors(levels: readonly Level[]): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { graph } of levels) {
    for (const node of graph.nodes) {
      for (const { role, shape, bits } of node.frozen) {
        if (role === 'bias' && node.name !== 'classifier') continue;
        const type: TensorType = bits === 1 ? 'b1' : 'f32';
        const bytes = Uint8Array.from({ length: tensorBytes(type, shape) }, (_, at) => (at % 4 === 3 ? 0x40 : (at * 7 + tensors.size) % 256));
        tensors.set(`${node.name}/${role}`, { type, shape, data: type === 'b1' ? bytes : new Float32Array(bytes.buffer) });
      }
    }
  }
  return tensors;
}

/** A frozen model of both levels. */
export function thinnableModel(): Model {
  const levels = thinnable();
  const decision = { smoothing: 0, refractory: 0, thresholds: {} };
  return { graph: levels[0]!.graph, levels, tensors: frozenTensors(levels), labels: ['yes', 'no'], features: {}, decision, training: {} };
}
