import { readFileSync } from 'node:fs';
import { checkModel, decodeModel, encodeModel, factorFolds, modelAtLevel, nodesOfLevels, shortenFloats, type Tensor, tensorBytes } from '@bitvox/graph';
import { expect, test } from 'vitest';
import { bifsmnLevels, type BifsmnOptions } from './bifsmn.ts';
import { zooUrl } from './zoo.ts';

/** Front end, decisions and provenance of a trained model: as long as those of any. */
const { labels, features, decision, training } = decodeModel(new Uint8Array(readFileSync(zooUrl('dfsmn-12-w1a1'))));

/** Bytes of the file of a frozen model with numbers of no pattern, cut to its full level or with all three. */
function fileBytes(options: Omit<BifsmnOptions, 'labels'>, level?: '1x'): number {
  const levels = bifsmnLevels({ labels: labels.length, input: '98x40', ...options });
  const graphs = levels.map(({ graph }) => graph);
  const tensors = new Map<string, Tensor>();
  let count = 0;
  const real = (length: number): Float32Array => Float32Array.from({ length }, () => Math.sin(++count));
  for (const node of nodesOfLevels(levels).values()) {
    const folds = options.bits !== 32 && factorFolds(graphs, node);
    for (const { role, shape, bits } of node.frozen) {
      if (role === 'bias' && folds) continue;
      const type = bits === 32 ? 'f32' : bits === 1 ? 'b1' : 'i8';
      const bytes = (): number[] => [...real(tensorBytes(type, shape))].map((value) => value * 127);
      const data = type === 'f32' ? real(tensorBytes('i8', shape)) : type === 'i8' ? Int8Array.from(bytes()) : Uint8Array.from(bytes());
      tensors.set(`${node.name}/${role}`, { type, shape, data });
      if (type !== 'f32' && !folds) tensors.set(`${node.name}/scale`, { type: 'f32', shape: [shape[0]!], data: real(shape[0]!) });
    }
  }
  const model = shortenFloats(checkModel({ graph: graphs[0]!, levels, tensors, labels, features, decision, training }));
  return encodeModel(level === undefined ? model : modelAtLevel(model, level)).length;
}

const TWIN = fileBytes({ bits: 32 }, '1x');

test.each([
  ['v1', {}, '1x', 15.5, 22.4],
  ['v2', { binarizer: 'bifsmn-v2' }, '1x', 20.2, 20.5],
  ['v1 of three levels', {}, undefined, 15.5, 19.7],
  ['v2 of three levels', { binarizer: 'bifsmn-v2' }, undefined, 15.5, 18.2],
] as const)('a file of %s is smaller than that of its float twin', (_, options, level, claimed, reached) => {
  const ratio = TWIN / fileBytes(options, level);
  expect(ratio).toBeGreaterThan(claimed);
  expect(ratio).toBeGreaterThan(reached);
});
