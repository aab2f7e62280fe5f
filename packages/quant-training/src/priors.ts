/**
 * Equal priors: a classifier learns how often each label occurs in its data along with what it sounds like. Where labels should be equally
 * likely beforehand, `bias[label] -= ln(K count[label] / total)` takes the frequencies out again (post-hoc logit adjustment with tau = 1,
 * Menon et al. 2021, arXiv:2007.07314).
 */
import type { Graph, Tensor } from '@bitvox/graph';
import { TrainingError } from './errors.ts';

/**
 * The tensors with the bias of the classifier shifted. Nothing else changes, and nothing is measured: only the counts matter.
 * @param tensors f32 tensors of training, before freezing
 * @param counts examples of each label that the network was trained on, in the order of its outputs
 * @throws TrainingError `TRAIN_NETWORK` unless the network ends in `linear` or `conv1d` with a bias and `softmax`, `TRAIN_DATA` for counts that do not fit.
 */
export function equalisePriors(graph: Graph, tensors: ReadonlyMap<string, Tensor>, counts: readonly number[]): Map<string, Tensor> {
  const [classifier, last] = graph.nodes.slice(-2);
  const isLinear = classifier?.op === 'linear' || classifier?.op === 'conv1d';
  if (last?.op !== 'softmax' || !isLinear || !classifier.attributes.bias) {
    throw new TrainingError('TRAIN_NETWORK', 'priors are equalised in the bias of a linear node or convolution before the softmax, and this network has none');
  }
  const key = `${classifier.name}/bias`;
  const bias = tensors.get(key);
  if (bias === undefined || counts.length !== bias.data.length || !counts.every((count) => count > 0)) {
    throw new TrainingError(
      'TRAIN_DATA',
      `got ${counts.length} counts (${counts.join(', ')}), wanted one above 0 for each of ${classifier.shape.channels} labels`,
    );
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shifted = Float32Array.from(bias.data, (value, label) => value - Math.log((counts.length * counts[label]!) / total));
  return new Map([...tensors, [key, { ...bias, data: shifted }]]);
}
