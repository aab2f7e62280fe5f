/**
 * Stages: what fusing makes of a graph. A stage is one source of accumulators with everything that can be folded into its
 * epilogue: bias, batch norms, an activation, a skip connection, an activation after it.
 * Invariant: the real value of a stage is `then(activation(a * multiplier + offset) + residual)` with `a` the real accumulator.
 */
import type { Model, Node, QuantizerTag, StreamInfo, Tensor, Window } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import type { PlaneRows } from '../program.ts';
import type { SplitRule } from './two-terms.ts';

/** An activation in real numbers. */
export type StageActivation = { readonly kind: 'none' } | { readonly kind: 'relu' } | { readonly kind: 'prelu'; readonly slope: number };

/** No activation. */
export const NONE: StageActivation = { kind: 'none' };

/** Weights and input quantizer of a stage that multiplies. */
export interface StageWeights {
  readonly tensor: Tensor;
  readonly activations: QuantizerTag | null;
  /** What 1-bit activations add to a channel (or to all rows of a plane) before they take the sign; `null`: nothing. */
  readonly offset: Float32Array | null;
  /** Whether padded frames are what the quantizer makes of 0, or nothing. */
  readonly padding: 'zero' | 'quantized';
  /** How the input becomes two terms; `null`: it is one. */
  readonly split: SplitRule | null;
  /** Rows of two-dimensional layers. */
  readonly rows: PlaneRows | null;
}

/** Where accumulators come from. `input` is the network input, `pass` the stored value of another stage. */
export type StageOp = 'input' | 'conv1d' | 'conv2d' | 'depthwise-conv1d' | 'mean-pool' | 'pass';

/** A window that looks at one frame. */
export const FRAMEWISE: Window = { kernel: 1, stride: 1, dilation: 1, padding: [0, 0] };

/** A source with its epilogue; mutable while fusing runs. */
export interface Stage {
  readonly index: number;
  readonly op: StageOp;
  readonly node: string;
  readonly members: string[];
  readonly input: Stage | null;
  readonly channels: number;
  readonly window: Window;
  readonly weights: StageWeights | null;
  /** Whether `multiplier` and `offset` do anything. */
  affine: boolean;
  readonly multiplier: Float64Array;
  readonly offset: Float64Array;
  activation: StageActivation;
  residual: Stage | null;
  then: StageActivation;
  /** Place in the stream of the value so far. */
  stream: StreamInfo;
  /** How many nodes read the value so far. */
  uses: number;
}

/** Fusing in progress: the stages so far, and the stage that holds the value of each node. */
export class Fusion {
  readonly stages: Stage[] = [];
  readonly #model: Model;
  readonly #valueOf = new Map<string, Stage>();
  readonly #uses = new Map<string, number>();

  constructor(model: Model) {
    this.#model = model;
    for (const node of model.graph.nodes) for (const name of node.inputs) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  /** The stage that holds the value of a node's input. */
  inputOf(node: Node, at = 0): Stage {
    return this.#valueOf.get(node.inputs[at]!)!;
  }

  /** A tensor of a node. */
  tensor(node: Node, role: string): Tensor {
    return this.#model.tensors.get(`${node.name}/${role}`)!;
  }

  /** Whether a node has a tensor. */
  has(node: Node, role: string): boolean {
    return this.#model.tensors.has(`${node.name}/${role}`);
  }

  /** A float tensor of a node. */
  floats(node: Node, role: string): Float32Array {
    return this.tensor(node, role).data as Float32Array;
  }

  /** Starts a stage whose value so far is that of `node`. */
  open(node: Node, op: StageOp, input: Stage | null, parts: { readonly window?: Window; readonly weights?: StageWeights } = {}): Stage {
    const { channels } = node.shape;
    const stage: Stage = {
      index: this.stages.length,
      op,
      node: node.name,
      members: [],
      input,
      channels,
      window: parts.window ?? FRAMEWISE,
      weights: parts.weights ?? null,
      affine: false,
      multiplier: new Float64Array(channels).fill(1),
      offset: new Float64Array(channels),
      activation: NONE,
      residual: null,
      then: NONE,
      stream: node.stream,
      uses: 0,
    };
    this.stages.push(stage);
    this.extend(stage, node);
    return stage;
  }

  /** Makes `node` part of a stage: the stage's value is now the node's. */
  extend(stage: Stage, node: Node): void {
    stage.members.push(node.name);
    stage.stream = node.stream;
    stage.uses = this.#uses.get(node.name) ?? 0;
    this.#valueOf.set(node.name, stage);
  }

  /** Whether nothing but the next node reads the value so far, and it may still change. */
  isOpen(stage: Stage): boolean {
    return stage.op !== 'input' && stage.uses === 1;
  }

  /** The stage to fold an affine map into: that of the input where it is still linear, else a new one that reads it. */
  affineTarget(node: Node): Stage {
    const input = this.inputOf(node);
    const linear = this.isOpen(input) && input.activation === NONE && input.residual === null;
    if (!linear) return this.open(node, 'pass', input);
    this.extend(input, node);
    return input;
  }

  /** Applies an activation where it fits, else in a new stage. */
  activate(node: Node, activation: StageActivation): void {
    const input = this.inputOf(node);
    const free = input.residual === null ? input.activation === NONE : input.then === NONE;
    const stage = this.isOpen(input) && free ? input : this.open(node, 'pass', input);
    if (stage === input) this.extend(stage, node);
    if (stage.residual === null) stage.activation = activation;
    else stage.then = activation;
  }

  /** Refuses a softmax that is not the end. */
  end(node: Node): void {
    if (node !== this.#model.graph.nodes.at(-1)) throw new RuntimeError('RUNTIME_OPERATION', 'a softmax stands before other nodes.', node.name);
    this.extend(this.inputOf(node), node);
  }
}
