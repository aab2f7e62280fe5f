/** A small network in the shape of BiFSMN for tests: two-dimensional front end, linear layer, two blocks of which the thinner level runs the last. */
import { GraphBuilder, type Graph, type Level, type QuantizerTag } from '@bitvox/graph';

/** Channels and frames of the input, classes. */
export const THINNABLE = { channels: 6, frames: 8, classes: 3 } as const;

/** What the layers inside multiply. */
export const PRECISIONS = {
  float: {},
  sign: { weights: { name: 'xnor-centred', bits: 1 }, activations: { name: 'sign', bits: 1 } },
  'dual-scale': { weights: { name: 'lpb', bits: 1 }, activations: { name: 'dual-scale', bits: 1, terms: 2 } },
  recu: { weights: { name: 'recu', bits: 1 }, activations: { name: 'react', bits: 1 } },
} as const satisfies Readonly<Record<string, { readonly weights?: QuantizerTag; readonly activations?: QuantizerTag }>>;

/** Name of a precision. */
export type Precision = keyof typeof PRECISIONS;

function graphOf(precision: Precision, level: string, blocks: readonly number[]): Graph {
  const inner = { bias: true, ...PRECISIONS[precision] };
  const builder = new GraphBuilder('thinnable');
  const window = { kernel: [3, 3], padding: [1, 1, 1, 1] } as const;
  let x = builder.input({ channels: THINNABLE.channels, frames: THINNABLE.frames, scale: 2 ** -6 });
  x = builder.conv2d(x, { channels: 2, height: 6, stride: [2, 2], bias: true, ...window }, 'front-0');
  x = builder.prelu(builder.batchNorm(x, 'front-0-norm', 3), 'front-0-prelu');
  x = builder.conv2d(x, { channels: 4, height: 3, ...window, ...inner }, 'front-1');
  x = builder.prelu(builder.batchNorm(x, 'front-1-norm', 3), 'front-1-prelu');
  x = builder.prelu(builder.conv1d(x, { channels: 8, ...inner }, 'linear'), 'linear-prelu');
  const paddingValue = precision === 'dual-scale' ? 'quantized' : 'zero';
  for (const block of blocks) {
    const name = `block-${block}`;
    const memory = builder.depthwiseConv1d(x, { kernel: 3, padding: [1, 1], paddingValue, ...inner }, `${name}-memory`);
    const m = builder.add(builder.prelu(builder.batchNorm(memory, `${name}-memory-norm`), `${name}-memory-prelu`), x, `${name}-memory-add`);
    const expanded = builder.batchNorm(builder.conv1d(m, { channels: 10, ...inner }, `${name}-expand`), `${name}-expand-norm`);
    const projected = builder.conv1d(builder.prelu(expanded, `${name}-expand-prelu`), { channels: 8, ...inner }, `${name}-project`);
    x = builder.add(builder.prelu(builder.batchNorm(projected, `${name}-project-norm-${level}`), `${name}-project-prelu-${level}`), m, name);
  }
  builder.softmax(builder.conv1d(x, { channels: THINNABLE.classes, kernel: 4, bias: true }, 'classifier'), 'scores');
  return builder.build();
}

/** The network with both blocks, and with the last alone. */
export function thinnable(precision: Precision): readonly [Level, Level] {
  return [
    { name: '1x', graph: graphOf(precision, '1x', [0, 1]) },
    { name: '0.5x', graph: graphOf(precision, '0.5x', [1]) },
  ];
}
