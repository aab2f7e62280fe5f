/** Keyword-spotting networks as functions that return graphs. Trained ones are in `@bitvox/models/zoo`. */
export { dfsmn, type DfsmnOptions } from './dfsmn.ts';
export { INPUT_SCALE, type LayerPrecision, type NetworkBits } from './precision.ts';
export { separable, type SeparableBlock, type SeparableOptions } from './separable.ts';
