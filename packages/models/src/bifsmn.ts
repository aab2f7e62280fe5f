/**
 * BiFSMN (Qin et al. 2022, arXiv 2202.06483) and BiFSMNv2 (Qin et al. 2023, arXiv 2211.06987): a DFSMN of 28 layers with weights, all but
 * the first and the last binary. Two 5 x 5 convolutions of stride 2 make 32 planes of 8 rows and 8 frames, a linear layer makes 128 channels
 * of each frame, then come 8 blocks and a classifier over all channels and frames.
 *
 * Block, with x and y on the real-valued stream of skip connections and k the level of thinning:
 *
 *     m = PReLU(BN(memory(binarize(x)))) + x           memory: 5 frames of one channel, 2 of them ahead
 *     u = PReLU(BN(expand(binarize(m))))               128 -> 256 channels
 *     y = PReLU_k(BN_k(project(binarize(u)))) + m      256 -> 128 channels
 *
 * Thinning is by depth: level `0.5x` runs every second block, `0.25x` every fourth, always ending with the last. `BN_k` and `PReLU_k` are a level's
 * own, and unless `norms` says otherwise the other two norms of a block too: the papers share them, but statistics of two depths fit neither. Nodes
 * `block-<i>` are the outputs that distillation compares, the same names in every level and in the teacher.
 */
import { type Graph, GraphBuilder, type Handle, type Level, outputRows } from '@bitvox/graph';
import { BIFSMN_INPUTS, type Padding } from './bifsmn-input.ts';
import { type BinarizerName, binaryPrecision, memoryPadding } from './binarizers.ts';
import { eightBit, firstPrecision, INPUT_SCALE, innerPrecision, type LayerPrecision, type NetworkBits } from './precision.ts';

/** Levels of thinning, the full network first; level `k` runs blocks `i` with `(i + 1) % 2^k = 0`. */
export const BIFSMN_LEVELS = ['1x', '0.5x', '0.25x'] as const;

/** Name of a level. */
export type BifsmnLevel = (typeof BIFSMN_LEVELS)[number];

/** Options of `bifsmn`. */
export interface BifsmnOptions {
  /** Outputs of the classifier. */
  readonly labels: number;
  /** Default `98x40`. */
  readonly input?: keyof typeof BIFSMN_INPUTS;
  /** A multiple of 4; 8 (default), or 4 for the small BiFSMNv2. */
  readonly blocks?: number;
  /** Channels between blocks. Default 128. */
  readonly channels?: number;
  /** Channels inside a block. Default 256. */
  readonly hidden?: number;
  /** Default 1. 32 gives the full-precision twin. */
  readonly bits?: NetworkBits;
  /** What happens at 1 bit. Default `bifsmn`; `bifsmn-v2` has two binary terms an activation and learned thresholds. */
  readonly binarizer?: BinarizerName;
  /** Bits of the first and of the last layer at 1 bit: 8 (default), or 32 as in the papers. */
  readonly ends?: 8 | 32;
  /** `prelu` everywhere (default), `mixed` with PReLU before skip connections and ReLU elsewhere, or `relu` everywhere. */
  readonly rectifier?: 'prelu' | 'mixed' | 'relu';
  /** Batch norms inside a block: one for each level (default), or one for all levels as in the papers. */
  readonly norms?: 'level' | 'shared';
  /** Share of values dropped after the hidden layers and before the classifier. Default 0. */
  readonly dropout?: number;
  /**
   * Look-ahead becomes look-back, in both convolutions and in every memory: the same weights, and a stream waits for little but the second that
   * the classifier sees. `summarize(graph).delay` states it: 88 frames of 10 ms at `98x40` instead of 295.
   */
  readonly causal?: boolean;
  /** Default `1x`. */
  readonly level?: BifsmnLevel;
}

/** Where 8-bit activations of the classifier are clipped: the stream of skip connections is not normalised. */
const STREAM_RANGE = 32;

/** Names what follows a layer: batch norm, activation, dropout. */
class BifsmnBuilder extends GraphBuilder {
  readonly #rectifier: NonNullable<BifsmnOptions['rectifier']>;
  readonly #dropout: number;

  constructor(name: string, rectifier: NonNullable<BifsmnOptions['rectifier']>, dropout: number) {
    super(name);
    this.#rectifier = rectifier;
    this.#dropout = dropout;
  }

  /** Batch norm over planes of `height` rows, then the activation; `skip` before a skip connection, suffixes name the level of what it does not share. */
  finish(x: Handle, name: string, { height = 1, skip = false, suffix = '', normSuffix = '' } = {}): Handle {
    return this.rectify(this.batchNorm(x, `${name}-norm${normSuffix}`, height), name, { skip, suffix });
  }

  rectify(x: Handle, name: string, { skip = false, suffix = '' } = {}): Handle {
    const learned = this.#rectifier === 'prelu' || (this.#rectifier === 'mixed' && skip);
    return learned ? this.prelu(x, `${name}-prelu${suffix}`) : this.relu(x, `${name}-relu${suffix}`);
  }

  drop(x: Handle, name: string): Handle {
    return this.#dropout === 0 ? x : this.dropout(x, this.#dropout, `${name}-dropout`);
  }
}

/** The network of the options at one level, as a graph. */
export function bifsmn(options: BifsmnOptions): Graph {
  const { labels, input = '98x40', blocks = 8, channels = 128, hidden = 256, bits = 1, binarizer = 'bifsmn', ends = 8 } = options;
  const { rectifier = 'prelu', norms = 'level', dropout = 0, causal = false, level = '1x' } = options;
  const precision = (kind: 'convolution' | 'linear'): LayerPrecision => (bits === 1 ? binaryPrecision(binarizer, kind) : innerPrecision(bits));
  const inner = { bias: true, ...precision('convolution') };
  const end = bits === 1 ? ends : bits;
  const { bands, frames, kernel, stride, padding, next } = BIFSMN_INPUTS[input];
  const inTime = ([top, bottom, left, right]: Padding): Padding => (causal ? [top, bottom, left + right, 0] : [top, bottom, left, right]);

  const builder = new BifsmnBuilder('bifsmn', rectifier, dropout);
  const first = { channels: 16, height: bands, kernel, stride, padding: inTime(padding), bias: true, ...firstPrecision(end) };
  const height = outputRows(first);
  const second = { channels: 32, height, kernel: [5, 5], stride: [2, 2], padding: inTime(next), ...inner } as const;
  let x = builder.conv2d(builder.input({ channels: bands, frames, scale: INPUT_SCALE }), first, 'front-0');
  x = builder.conv2d(builder.finish(x, 'front-0', { height }), second, 'front-1');
  x = builder.conv1d(builder.finish(x, 'front-1', { height: outputRows(second) }), { channels, bias: true, ...precision('linear') }, 'linear');
  x = builder.rectify(x, 'linear');

  const memory = {
    kernel: 5,
    padding: inTime([0, 0, 2, 2]).slice(2) as [number, number],
    paddingValue: bits === 1 ? memoryPadding(binarizer) : 'zero',
    ...inner,
  } as const;
  const step = 2 ** BIFSMN_LEVELS.indexOf(level);
  const suffix = `-${level}`;
  const normSuffix = norms === 'level' ? suffix : '';
  for (let block = step - 1; block < blocks; block += step) {
    const name = `block-${block}`;
    const remembered = builder.finish(builder.depthwiseConv1d(x, memory, `${name}-memory`), `${name}-memory`, { skip: true, normSuffix });
    const m = builder.add(remembered, x, `${name}-memory-add`);
    const expanded = builder.finish(builder.conv1d(m, { channels: hidden, ...inner }, `${name}-expand`), `${name}-expand`, { normSuffix });
    const projected = builder.conv1d(builder.drop(expanded, name), { channels, ...inner }, `${name}-project`);
    x = builder.add(builder.finish(projected, `${name}-project`, { skip: true, suffix, normSuffix: suffix }), m, name);
  }

  const last = end === 32 ? innerPrecision(32) : eightBit(STREAM_RANGE);
  builder.softmax(builder.conv1d(builder.drop(x, 'classifier'), { channels: labels, kernel: 8, bias: true, ...last }, 'classifier'), 'scores');
  return builder.build();
}

/** All levels of the network of the options, the full one first, over shared tensors. */
export function bifsmnLevels(options: Omit<BifsmnOptions, 'level'>): Level[] {
  return BIFSMN_LEVELS.map((level) => ({ name: level, graph: bifsmn({ ...options, level }) }));
}

/** The full-precision teacher of both papers: `mixed` rectifiers, dropout 0.2. Its tensors have the names of the student's. */
export function bifsmnTeacher(options: BifsmnOptions): Graph {
  return bifsmn({ bits: 32, rectifier: 'mixed', dropout: 0.2, ...options });
}

/** The plain DFSMN that the papers start from: ReLU everywhere, dropout 0.2. */
export function plainDfsmn(options: BifsmnOptions): Graph {
  return bifsmn({ bits: 32, rectifier: 'relu', dropout: 0.2, ...options });
}
