/**
 * What an operation is: its attributes, shapes, tensors, cost and streaming rule. One file an operation, one name everywhere.
 * Activations are `[channels, frames]`, time contiguous.
 */
import type { BitWidth, QuantizerTag } from '../tag.ts';

/** Channels and frames of an activation. A value without time has one frame. */
export interface Shape {
  readonly channels: number;
  readonly frames: number;
}

/** Bits of a stored number: a quantizer's width, or 32 for float. */
export type StoredBits = BitWidth | 32;

/** A tensor that a node owns. */
export interface TensorSpec {
  /**
   * `weight`, `bias`, `gamma`, `beta`, `mean`, `variance`, `slope`, `multiplier`, `offset`, or what a quantizer learns (`quantizer-tensors.ts`);
   * the tensor's name is `<node>/<role>`.
   */
  readonly role: string;
  readonly shape: readonly number[];
  /** Changed by the optimiser; running statistics are not. */
  readonly trainable: boolean;
  readonly bits: StoredBits;
  /** Whether bytes with a common exponent are precise enough for this float tensor of a frozen model. */
  readonly coarse?: true;
}

/** Multiply-accumulates of one run over the given input frames, by the widths of both operands; those of all terms of a quantizer together. */
export interface Cost {
  readonly macs: number;
  readonly weightBits: StoredBits;
  readonly activationBits: StoredBits;
}

/** How a value relates to the stream of network input frames. */
export interface StreamInfo {
  /** Input frames between two frames of this value. */
  readonly hop: number;
  /** Newest input frame needed for frame `t` of this value is `t * hop + delay`. */
  readonly delay: number;
  /** Input frames that one frame of this value depends on. */
  readonly receptiveField: number;
}

/** The streaming rule of a node: its output relative to the input stream, and the frames of its input that must be kept. */
export interface StreamRule extends StreamInfo {
  /** Frames of the node's own input that have to stay available beside the newest one. */
  readonly history: number;
}

/** Everything the house knows about an operation before it is trained or run. */
export interface OpDefinition<Attributes> {
  /** How many inputs a node of this operation has. */
  readonly arity: number;
  /** Attributes that may be left out, with what they then are. */
  readonly defaults: Partial<Attributes>;
  /** Checks untrusted attributes, to which the defaults have been added. Throws `GRAPH_ATTRIBUTE`. */
  read(value: unknown, node: string): Attributes;
  /** Output shape. Throws `GRAPH_SHAPE`. */
  shape(inputs: readonly Shape[], attributes: Attributes, node: string): Shape;
  /** Tensors while the network is trained. */
  tensors(inputs: readonly Shape[], attributes: Attributes): readonly TensorSpec[];
  /** Tensors that replace them in a frozen model, where that is another set. */
  frozen?(inputs: readonly Shape[], attributes: Attributes): readonly TensorSpec[];
  cost(inputs: readonly Shape[], output: Shape, attributes: Attributes): Cost;
  stream(inputs: readonly StreamInfo[], attributes: Attributes, node: string): StreamRule;
}

/** Cost of an operation without multiply-accumulates. */
export const NO_COST: Cost = { macs: 0, weightBits: 32, activationBits: 32 };

/** The width a tag stores. */
export const bitsOf = (tag: QuantizerTag | null): StoredBits => tag?.bits ?? 32;

/** Limits of anything that comes out of a file. */
export const LIMITS = { channels: 65_536, frames: 1_048_576, kernel: 1_024, stride: 256, dilation: 256 } as const;

/** The rule of operations that look at one frame at a time. */
export function framewise(inputs: readonly StreamInfo[]): StreamRule {
  const [input] = inputs as readonly [StreamInfo];
  return { ...input, history: 0 };
}
