/** `relu`, `prelu`: join the epilogue of the stage before them. `dropout`: the identity. `softmax`: the scores are computed from the logits by every session. */
import type { FuseRule } from './index.ts';

export const relu: FuseRule<'relu'> = (fusion, node) => fusion.activate(node, { kind: 'relu' });

export const prelu: FuseRule<'prelu'> = (fusion, node) => fusion.activate(node, { kind: 'prelu', slope: fusion.floats(node, 'slope')[0]! });

export const dropout: FuseRule<'dropout'> = (fusion, node) => fusion.extend(fusion.inputOf(node), node);

export const softmax: FuseRule<'softmax'> = (fusion, node) => fusion.end(node);
