/** `input`: tensor 0 of every program. */
import type { FuseRule } from './index.ts';

export const input: FuseRule<'input'> = (fusion, node) => void fusion.open(node, 'input', null);
