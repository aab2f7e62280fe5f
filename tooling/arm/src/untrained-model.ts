/** Models with weights that nobody trained: what a network computes does not matter where executors are compared, only that it is lively. */
import { SPEC98X40 } from '@bitvox/features';
import { checkModel, type Graph, type Level, type Model, type Tensor } from '@bitvox/graph';
import { freeze, initialize } from '@bitvox/quant-training';
import { Dice } from './random-program.ts';

/** Moves what starts as a constant (thresholds, slopes, statistics of batch norms), so that no channel is like another. */
function shake(tensor: Tensor, dice: Dice): Tensor {
  return { type: 'f32', shape: tensor.shape, data: Float32Array.from(tensor.data, (value) => value + dice.integer(-200, 200) / 1000) };
}

/** Makes logits smaller: those of layers that nobody trained are so large that one label would take all. */
function calm(tensors: Map<string, Tensor>): Map<string, Tensor> {
  const { shape, data } = tensors.get('classifier/scale')!;
  return tensors.set('classifier/scale', { type: 'f32', shape, data: Float32Array.from(data, (scale) => scale / 64) });
}

/** All levels of a network of 40 bands and 98 frames, frozen. */
export function untrainedModel(levels: readonly Level[], labels: readonly string[], seed: number): Model {
  const dice = new Dice(seed);
  const tensors = new Map(Array.from(initialize(levels, seed), ([name, tensor]) => [name, shake(tensor, dice)] as const));
  const { graph } = levels[0]!;
  const decision = { smoothing: 200, thresholds: { [labels[0]!]: 0.12 }, refractory: 300 };
  return checkModel({ graph, levels, tensors: calm(freeze(levels, tensors)), labels: [...labels], features: { ...SPEC98X40 }, decision, training: {} });
}

/** A network of one level. */
export const alone = (graph: Graph): readonly Level[] => [{ name: '1x', graph }];
