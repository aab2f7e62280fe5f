/** Building a graph by calls: each call adds a node and returns a handle to its value. */
import { createGraph, type Graph, type NodeSpec } from './graph.ts';
import type { OpAttributes, OpName } from './ops/index.ts';

/** A handle to the value of a node in a builder. */
export interface Handle {
  readonly name: string;
}

/**
 * Collects nodes. Names may be given; otherwise they are the operation and a number.
 * Shapes are checked when `build` is called, and the error names the node.
 */
export class GraphBuilder {
  readonly #nodes: NodeSpec[] = [];
  readonly #counts = new Map<OpName, number>();
  readonly #graphName: string;

  constructor(graphName: string) {
    this.#graphName = graphName;
  }

  /** Adds a node of operation `op`; attributes that are left out have the operation's defaults. */
  node<Name extends OpName>(op: Name, inputs: readonly Handle[], attributes: Partial<OpAttributes[Name]>, name?: string): Handle {
    const count = this.#counts.get(op) ?? 0;
    this.#counts.set(op, count + 1);
    const chosen = name ?? `${op}-${count}`;
    this.#nodes.push({ name: chosen, op, inputs: inputs.map((handle) => handle.name), attributes } as unknown as NodeSpec);
    return { name: chosen };
  }

  input(attributes: OpAttributes['input']): Handle {
    return this.node('input', [], attributes, 'input');
  }

  conv1d(x: Handle, attributes: Partial<OpAttributes['conv1d']> & { readonly channels: number }, name?: string): Handle {
    return this.node('conv1d', [x], attributes, name);
  }

  conv2d(x: Handle, attributes: Partial<OpAttributes['conv2d']> & Pick<OpAttributes['conv2d'], 'channels' | 'height' | 'kernel'>, name?: string): Handle {
    return this.node('conv2d', [x], attributes, name);
  }

  depthwiseConv1d(x: Handle, attributes: Partial<OpAttributes['depthwise-conv1d']> & { readonly kernel: number }, name?: string): Handle {
    return this.node('depthwise-conv1d', [x], attributes, name);
  }

  linear(x: Handle, attributes: Partial<OpAttributes['linear']> & { readonly channels: number }, name?: string): Handle {
    return this.node('linear', [x], attributes, name);
  }

  /** `height` rows share their parameters. */
  batchNorm(x: Handle, name?: string, height = 1): Handle {
    return this.node('batch-norm', [x], { height }, name);
  }

  relu(x: Handle, name?: string): Handle {
    return this.node('relu', [x], {}, name);
  }

  prelu(x: Handle, name?: string): Handle {
    return this.node('prelu', [x], {}, name);
  }

  add(a: Handle, b: Handle, name?: string): Handle {
    return this.node('add', [a, b], {}, name);
  }

  meanPool(x: Handle, window: number, name?: string): Handle {
    return this.node('mean-pool', [x], { window }, name);
  }

  dropout(x: Handle, rate: number, name?: string): Handle {
    return this.node('dropout', [x], { rate }, name);
  }

  softmax(x: Handle, name?: string): Handle {
    return this.node('softmax', [x], {}, name);
  }

  /** Checks everything and gives the graph; the last node added is the output. */
  build(): Graph {
    return createGraph(this.#graphName, this.#nodes);
  }
}
