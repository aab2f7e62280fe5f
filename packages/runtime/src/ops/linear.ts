/** `linear`: a pointwise convolution. */
import { FRAMEWISE } from '../lower/stage.ts';
import type { FuseRule } from './index.ts';
import { openWeighted } from './weighted.ts';

export const linear: FuseRule<'linear'> = (fusion, node) => openWeighted(fusion, node, 'conv1d', FRAMEWISE);
