/** Keyword-spotting networks as functions that return graphs. Trained ones are in `@bitvox/models/zoo`. */
export { bifsmn, BIFSMN_LEVELS, type BifsmnLevel, bifsmnLevels, type BifsmnOptions, bifsmnTeacher, plainDfsmn } from './bifsmn.ts';
export { BIFSMN_INPUTS, type BifsmnInput } from './bifsmn-input.ts';
export { type Binarizer, type BinarizerName, BINARIZERS } from './binarizers.ts';
export { dfsmn, type DfsmnOptions } from './dfsmn.ts';
export { fsmn, type FsmnOptions } from './fsmn.ts';
export { INPUT_SCALE, type LayerPrecision, type NetworkBits } from './precision.ts';
export { separable, type SeparableBlock, type SeparableOptions } from './separable.ts';
