/** `conv2d`: not lowered yet. */
import { RuntimeError } from '../errors.ts';
import type { FuseRule } from './index.ts';

export const conv2d: FuseRule<'conv2d'> = (_, node) => {
  throw new RuntimeError('RUNTIME_OPERATION', 'a conv2d cannot be run.', node.name);
};
