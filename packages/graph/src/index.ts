/** What a model is: operations, graphs, summaries and the one-file model format. */
export { GraphBuilder, type Handle } from './builder.ts';
export { GRAPH_ERRORS, GraphError, type GraphErrorCode } from './errors.ts';
export {
  consumersOf,
  createGraph,
  definitionOf,
  factorFolds,
  type Graph,
  inputOf,
  type Node,
  nodeSpecs,
  type NodeSpec,
  outputOf,
  withFrames,
} from './graph.ts';
export type { Cost, OpDefinition, Shape, StoredBits, StreamInfo, StreamRule, TensorSpec } from './ops/definition.ts';
export { type OpAttributes, type OpName, OPS } from './ops/index.ts';
export { type Window, windowFrames } from './ops/window.ts';
export { outputRows, rowWindow, timeWindow } from './ops/conv2d.ts';
export { type LayerAttributes, type PaddedLayerAttributes } from './ops/layer.ts';
export { type LayerReach, QUANTIZER_TENSORS, type QuantizerTensor, quantizerTensors } from './quantizer-tensors.ts';
export { checkLevels, type Level, levelNamed, nodesOfLevels } from './levels.ts';
export { BIT_WIDTHS, type BitWidth, type QuantizerTag } from './tag.ts';
export {
  checkModel,
  shortenFloats,
  levelsOf,
  modelAtLevel,
  type DecisionSettings,
  type Model,
  type ModelSpec,
  tensorBytes,
  type Tensor,
  type TensorType,
} from './model.ts';
export { decodeModel, encodeModel, MODEL_VERSION } from './format/model-file.ts';
export { crc32 } from './format/crc32.ts';
export { type Container, type ContainerTensor, readContainer, writeContainer } from './format/safetensors.ts';
export { type LayerSummary, summarize, type Summary, formatSummary } from './summary.ts';
