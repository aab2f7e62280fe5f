/** How each operation of a graph joins the stages of a program. Complete over the closed union of operations by type. */
import type { Node, OpName } from '@bitvox/graph';
import type { Fusion } from '../lower/stage.ts';
import { dropout, prelu, relu, softmax } from './activation.ts';
import { add } from './add.ts';
import { batchNorm } from './batch-norm.ts';
import { conv1d } from './conv1d.ts';
import { conv2d } from './conv2d.ts';
import { depthwiseConv1d } from './depthwise-conv1d.ts';
import { input } from './input.ts';
import { linear } from './linear.ts';
import { meanPool } from './mean-pool.ts';

/** A node of one operation. */
export type NodeOf<Name extends OpName> = Extract<Node, { readonly op: Name }>;

/** Adds a node to the stages. */
export type FuseRule<Name extends OpName> = (fusion: Fusion, node: NodeOf<Name>) => void;

const FUSE: { readonly [Name in OpName]: FuseRule<Name> } = {
  input,
  conv1d,
  conv2d,
  'depthwise-conv1d': depthwiseConv1d,
  linear,
  'batch-norm': batchNorm,
  relu,
  prelu,
  add,
  'mean-pool': meanPool,
  dropout,
  softmax,
};

/** Adds any node to the stages. */
export function fuse(fusion: Fusion, node: Node): void {
  (FUSE[node.op] as FuseRule<OpName>)(fusion, node);
}
