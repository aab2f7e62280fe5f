/** Random frozen models for tests: any mix of layers that a graph allows, with tensors that keep values in a lively range. */
import {
  checkModel,
  type Graph,
  GraphBuilder,
  type Handle,
  type Level,
  type Model,
  nodesOfLevels,
  outputRows,
  type QuantizerTag,
  type Tensor,
  tensorBytes,
} from '@bitvox/graph';

/** A small deterministic source of random numbers. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let hash = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  /** An integer from `low` to `high`. */
  integer(low: number, high: number): number {
    return low + (this.next() % (high - low + 1));
  }

  /** A real number from `low` to `high`. */
  real(low: number, high: number): number {
    return low + (this.next() / 2 ** 32) * (high - low);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  chance(probability: number): boolean {
    return this.real(0, 1) < probability;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.integer(0, 255));
  }
}

function tensorOf(dice: Dice, role: string, shape: readonly number[], bits: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  if (bits === 1) return { type: 'b1', shape, data: dice.bytes(tensorBytes('b1', shape)) };
  if (bits !== 32) return { type: 'i8', shape, data: Int8Array.from({ length: count }, () => dice.integer(-128, 127)) };
  const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
  const draw: Readonly<Record<string, () => number>> = {
    weight: () => dice.real(-1, 1) / Math.sqrt(fanIn),
    bias: () => dice.real(-1, 1),
    gamma: () => (dice.chance(0.05) ? 0 : dice.real(-1.5, 2)),
    beta: () => dice.real(-1, 1),
    mean: () => dice.real(-1, 1),
    variance: () => dice.real(0.1, 3),
    slope: () => dice.pick([0.25, -0.3, 1.4, 0, 0.01]),
    multiplier: () => (dice.chance(0.05) ? 0 : dice.real(-0.5, 1)),
    offset: () => dice.real(-1, 1),
    'theta-0': () => dice.real(-0.4, 0.4),
    'theta-1': () => dice.real(-0.2, 0.2),
    'residual-scale': () => dice.real(0, 1.5),
    'activation-offset': () => dice.real(-0.5, 0.5),
  };
  return { type: 'f32', shape, data: Float32Array.from({ length: count }, draw[role]!) };
}

/** Fills a graph, or all levels of one, with random frozen tensors. */
export function randomModel(source: Graph | readonly Level[], seed: number): Model {
  const dice = new Dice(seed);
  const tensors = new Map<string, Tensor>();
  const levels = 'nodes' in source ? [{ name: '1x', graph: source }] : source;
  const { graph } = levels[0]!;
  for (const node of nodesOfLevels(levels).values()) {
    for (const { role, shape, bits } of node.op === 'batch-norm' ? node.tensors : node.frozen) {
      tensors.set(`${node.name}/${role}`, tensorOf(dice, role, shape, bits));
      if (bits === 32) continue;
      const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
      const unit = (bits === 1 ? 1 : 1 / 64) / Math.sqrt(fanIn);
      tensors.set(`${node.name}/scale`, { type: 'f32', shape: [shape[0]!], data: Float32Array.from({ length: shape[0]! }, () => unit * dice.real(0.5, 1.5)) });
    }
  }
  const labels = Array.from({ length: graph.nodes.at(-1)!.shape.channels }, (_, label) => `label-${label}`);
  return checkModel({
    graph,
    ...(source === graph ? {} : { levels }),
    tensors,
    labels,
    features: {},
    decision: { smoothing: 0, thresholds: {}, refractory: 0 },
    training: {},
  });
}

/** Random input frames, mostly around the middle of the range. */
export function randomFrames(seed: number, frames: number, bands: number): Uint8Array {
  const dice = new Dice(seed);
  return Uint8Array.from({ length: frames * bands }, () => (dice.chance(0.1) ? dice.pick([0, 255]) : dice.integer(60, 200)));
}

class Drawing {
  readonly builder = new GraphBuilder('random');
  readonly dice: Dice;
  readonly #isFloat: boolean;

  constructor(dice: Dice, isFloat: boolean) {
    this.dice = dice;
    this.#isFloat = isFloat;
  }

  #tags(): { weights: QuantizerTag | null; activations: QuantizerTag | null; bias: boolean } {
    const { dice } = this;
    const bias = dice.chance(0.3);
    if (this.#isFloat) return { weights: null, activations: null, bias };
    if (dice.chance(0.3)) return { weights: { name: 'lpb', bits: 1 }, activations: { name: 'dual-scale', bits: 1, terms: 2 }, bias };
    const weights: QuantizerTag = dice.chance(0.5) ? { name: 'xnor', bits: 1 } : { name: 'int8-weights', bits: 8 };
    const int8: QuantizerTag = { name: 'int8', bits: 8, range: dice.pick([1, 2, 4, 8]) };
    const activations: QuantizerTag = dice.chance(0.5) ? { name: dice.pick(['sign', 'sign', 'react']), bits: 1 } : int8;
    return { weights, activations, bias };
  }

  /** Batch norm and activation, each perhaps. */
  tail(x: Handle): Handle {
    const { builder, dice } = this;
    let y = dice.chance(0.7) ? builder.batchNorm(x) : x;
    if (dice.chance(0.2)) y = builder.dropout(y, 0.1);
    const choice = dice.integer(0, 2);
    if (choice === 1) y = builder.relu(y);
    if (choice === 2) y = builder.prelu(y);
    return dice.chance(0.1) ? builder.batchNorm(y) : y;
  }

  /** What padded taps are. */
  #padded(): { paddingValue: 'zero' | 'quantized' } {
    return { paddingValue: this.dice.pick(['zero', 'quantized']) };
  }

  window(): { kernel: number; stride: number; dilation: number; padding: readonly [number, number] } {
    const { dice } = this;
    const kernel = dice.integer(1, 5);
    const dilation = dice.integer(1, 3);
    const reach = (kernel - 1) * dilation;
    return { kernel, dilation, stride: kernel > 1 && dice.chance(0.3) ? dice.integer(2, 4) : 1, padding: [dice.integer(0, reach), dice.integer(0, reach)] };
  }

  /** A layer over rows and time; the input has 1 to 3 planes. */
  planes(x: Handle, channels: number): { readonly value: Handle; readonly channels: number } {
    const { builder, dice } = this;
    const height = dice.pick([1, 2, 3].filter((planes) => channels % planes === 0).map((planes) => channels / planes));
    const rows = dice.integer(1, Math.min(4, height));
    const { kernel, stride, padding } = this.window();
    const attributes = {
      channels: dice.integer(1, 3),
      height,
      kernel: [rows, kernel],
      stride: [dice.integer(1, 3), stride],
      padding: [dice.integer(0, rows - 1), dice.integer(0, rows - 1), Math.min(padding[0], kernel - 1), Math.min(padding[1], kernel - 1)],
      ...this.#tags(),
    } as const;
    const outputs = outputRows(attributes);
    const value = builder.prelu(builder.batchNorm(builder.conv2d(x, attributes), undefined, outputs));
    return { value, channels: attributes.channels * outputs };
  }

  layer(x: Handle): Handle {
    const { builder, dice } = this;
    const isPointwise = dice.chance(0.4);
    if (isPointwise) return this.tail(builder.conv1d(x, { channels: dice.integer(1, 9), ...this.#tags() }));
    const window = this.window();
    return this.tail(
      dice.chance(0.5)
        ? builder.conv1d(x, { channels: dice.integer(1, 9), ...window, ...this.#tags(), ...this.#padded() })
        : builder.depthwiseConv1d(x, { ...window, ...this.#tags(), ...this.#padded() }),
    );
  }

  /** A skip connection over a depthwise layer, before or behind an activation. */
  residual(x: Handle): Handle {
    const { builder, dice } = this;
    const left = dice.integer(0, 3);
    const right = dice.integer(0, 3);
    const centred = dice.chance(0.5) ? builder.batchNorm(x) : x;
    const y = this.tail(builder.depthwiseConv1d(centred, { kernel: left + 1 + right, padding: [left, right], ...this.#tags(), ...this.#padded() }));
    const sum = dice.chance(0.5) ? builder.add(x, y) : builder.add(y, x);
    return dice.chance(0.4) ? builder.relu(sum) : sum;
  }

  linear(x: Handle): Handle {
    return this.builder.linear(x, { channels: this.dice.integer(2, 6), ...this.#tags() });
  }
}

/** A random graph of a few layers. Frames may turn out too few; the error is the builder's. */
export function randomGraph(seed: number, kind: 'float' | 'integer'): Graph {
  const dice = new Dice(seed);
  const drawing = new Drawing(dice, kind === 'float');
  const { builder } = drawing;
  let channels = dice.integer(1, 7);
  const input = builder.input({ channels, frames: dice.integer(20, 60), scale: 2 ** -6 });
  let x = dice.chance(0.1) ? builder.batchNorm(input) : input;
  for (let layer = dice.integer(0, 2); layer > 0; layer--) ({ value: x, channels } = drawing.planes(x, channels));
  const layers = dice.integer(1, 6);
  for (let layer = 0; layer < layers; layer++) x = dice.chance(0.4) ? drawing.residual(x) : drawing.layer(x);
  if (dice.chance(0.7)) {
    x = builder.meanPool(x, dice.integer(1, 6));
    if (dice.chance(0.5)) x = builder.batchNorm(x);
  }
  x = drawing.linear(x);
  if (dice.chance(0.7)) x = builder.softmax(x);
  return builder.build();
}
