import { checkLevels, type Graph, summarize, type Summary } from '@bitvox/graph';
import { describe, expect, test } from 'vitest';
import { BIFSMN_LEVELS, bifsmn, bifsmnLevels, type BifsmnOptions, bifsmnTeacher, type BinarizerName, BINARIZERS, fsmn, plainDfsmn } from './index.ts';

/** The network of the papers' tables: their picture, first and last layer in full precision, most norms common to all levels. */
const PAPER = { labels: 12, input: '32x32', ends: 32, norms: 'shared' } as const satisfies BifsmnOptions;
const count = (graph: Graph): number => summarize(graph).parameters;
const layersWith = (graph: Graph, role: string): number => graph.nodes.filter((node) => node.tensors.some((tensor) => tensor.role === role)).length;
const shapeOf = (graph: Graph, name: string): string => {
  const { channels, frames } = graph.nodes.find((node) => node.name === name)!.shape;
  return `${channels} x ${frames}`;
};

/** Batch norms and activations that the authors' code allocates: four sets in each of 8 blocks, of which a level uses one. */
const SET = 2 * 128 + 1;
/** Thresholds and slopes of BiFSMNv2: three per input plane and three per layer. */
const LEARNED = 3 * (16 + 256 + 8 * (128 + 256 + 128)) + 26 * 3;

describe('the full network', () => {
  const graph = bifsmn(PAPER);

  test('has the shapes of the paper on its picture and on ours', () => {
    const ours = bifsmn({ labels: 12 });
    expect(['front-0', 'front-1', 'linear', 'block-0-expand', 'block-7', 'scores'].map((name) => shapeOf(graph, name))).toEqual([
      `${16 * 16} x 16`,
      `${32 * 8} x 8`,
      '128 x 8',
      '256 x 8',
      '128 x 8',
      '12 x 1',
    ]);
    expect(['front-0', 'front-1', 'linear', 'block-7', 'scores'].map((name) => shapeOf(ours, name))).toEqual([
      `${16 * 20} x 16`,
      `${32 * 8} x 8`,
      '128 x 8',
      '128 x 8',
      '12 x 1',
    ]);
  });

  test('has 28 layers with weights, 26 of them binary, and an activation behind each but the last', () => {
    const weighted = summarize(graph).layers.filter(({ macs }) => macs > 0);
    expect(weighted.length).toBe(28);
    expect(weighted.filter(({ weightBits, activationBits }) => weightBits === 1 && activationBits === 1).length).toBe(26);
    expect(layersWith(graph, 'slope')).toBe(27);
    // With the sets that the authors' code allocates beyond those of one level.
    expect(layersWith(graph, 'slope') + 3 * 8).toBe(51);
  });

  test.each([
    [12, 606_431],
    [20, 614_631],
    [35, 630_006],
  ])('has the parameters of the paper for %i labels', (labels, wanted) => {
    expect(count(bifsmn({ ...PAPER, labels })) + 3 * 8 * SET).toBe(wanted);
  });

  test('has as many more in BiFSMNv2', () => {
    expect(LEARNED).toBe(13_182);
    expect(count(bifsmn({ ...PAPER, binarizer: 'bifsmn-v2' })) + 3 * 8 * SET).toBe(619_613);
  });

  test('has a teacher and a plain sibling of the same weights', () => {
    expect(count(bifsmnTeacher(PAPER))).toBe(600_252);
    expect(count(plainDfsmn(PAPER))).toBe(600_236);
    const tensors = new Map(graph.nodes.flatMap(({ name, tensors }) => tensors.map(({ role, shape }) => [`${name}/${role}`, shape])));
    for (const node of bifsmnTeacher(PAPER).nodes) for (const { role, shape } of node.tensors) expect(tensors.get(`${node.name}/${role}`)).toEqual(shape);
  });

  test('has a twin with the same nodes, all in full precision', () => {
    const twin = bifsmn({ ...PAPER, bits: 32 });
    expect(twin.nodes.map(({ name }) => name)).toEqual(graph.nodes.map(({ name }) => name));
    expect([...summarize(twin).parametersByBits]).toEqual([[32, 600_263]]);
  });
});

describe('levels', () => {
  const levels = bifsmnLevels(PAPER);
  const summaries = levels.map(({ graph }) => summarize(graph)) as [Summary, Summary, Summary];
  const blocksOf = (graph: Graph): string[] => graph.nodes.filter(({ name }) => /^block-\d$/.test(name)).map(({ name }) => name.slice(6));

  test('run every block, every second, every fourth', () => {
    expect(checkLevels(levels).map(({ name }) => name)).toEqual([...BIFSMN_LEVELS]);
    expect(levels.map(({ graph }) => blocksOf(graph).join(' '))).toEqual(['0 1 2 3 4 5 6 7', '1 3 5 7', '3 7']);
    expect(bifsmnLevels({ ...PAPER, blocks: 4 }).map(({ graph }) => blocksOf(graph).join(' '))).toEqual(['0 1 2 3', '1 3', '3']);
  });

  test('own nothing but their last batch norm and activation of a block', () => {
    const full = new Set(levels[0]!.graph.nodes.map(({ name }) => name));
    const own = levels[1]!.graph.nodes.filter(({ name }) => !full.has(name)).map(({ name }) => name);
    expect(own).toEqual([1, 3, 5, 7].flatMap((block) => [`block-${block}-project-norm-0.5x`, `block-${block}-project-prelu-0.5x`]));
  });

  test('own every batch norm of a block unless they are shared', () => {
    const [full, half] = bifsmnLevels({ labels: 12 }) as [(typeof levels)[number], (typeof levels)[number]];
    const common = new Set(full.graph.nodes.map(({ name }) => name));
    const own = half.graph.nodes.filter(({ name }) => !common.has(name)).map(({ name }) => name);
    const norms = ['memory-norm', 'expand-norm', 'project-norm', 'project-prelu'];
    expect(own).toEqual([1, 3, 5, 7].flatMap((block) => norms.map((part) => `block-${block}-${part}-0.5x`)));
    expect(summarize(full.graph).bytes).toBe(summarize(bifsmn({ labels: 12, norms: 'shared' })).bytes);
  });

  test('cost what the tables say', () => {
    expect(summaries.map(({ macs }) => macs)).toEqual([5_431_296, 3_313_664, 2_254_848]);
    expect(summaries.map(({ binaryMacs }) => binaryMacs)).toEqual([5_316_608, 3_198_976, 2_140_160]);
    expect(summaries.map(({ operations }) => operations)).toEqual([197_760, 164_672, 148_128]);
    const dual = bifsmnLevels({ ...PAPER, binarizer: 'bifsmn-v2' }).map(({ graph }) => summarize(graph));
    expect(dual.map(({ operations }) => operations)).toEqual([280_832, 214_656, 181_568]);
    expect(summaries[0].parametersByBits.get(1)).toBe(574_976);
  });

  test('take the bytes that the tables say', () => {
    // The tables count 5 bits for each row of a memory, where a file has whole bytes, and no bias of the first layer.
    const more = (blocks: number): number => blocks * (128 - (128 * 5) / 8) + 4 * 16;
    expect(summaries.map(({ bytes }) => bytes)).toEqual([156_956 + more(8), 107_436 + more(4), 82_676 + more(2)]);
  });

  test('are smaller still with 8 bits at both ends', () => {
    const bytes = bifsmnLevels({ labels: 12, input: '32x32' }).map(({ graph }) => summarize(graph).bytes);
    // Bytes instead of floats, the bias of the first layer folded, a factor for each output of the last.
    const saved = 3 * (16 * 25 + 12 * 1024) + 4 * 16 - 4 * 12;
    expect(bytes).toEqual(summaries.map((summary) => summary.bytes - saved));
  });
});

describe('a stream', () => {
  const hop = 12;
  const delay = (options: Partial<BifsmnOptions>): number => summarize(bifsmn({ labels: 12, ...options })).delay;

  test('waits for the look-ahead of every layer, unless it is causal', () => {
    const classifier = 7 * hop;
    // The first window of 11 frames begins 6 frames early.
    expect(delay({ causal: true })).toBe(4 + classifier);
    expect([delay({ causal: true }), delay({})]).toEqual([88, 295]);
    expect(delay({})).toBe(7 + 2 * 6 + 8 * 2 * hop + classifier);
    expect(delay({ level: '0.25x' })).toBe(7 + 2 * 6 + 2 * 2 * hop + classifier);
    expect(delay({ input: '32x32', causal: true })).toBe(7 * 4);
  });

  test('needs the same weights for either', () => {
    const tensors = (causal: boolean): unknown => bifsmn({ labels: 12, causal }).nodes.map((node) => [node.name, node.tensors]);
    expect(tensors(true)).toEqual(tensors(false));
  });
});

test.each(Object.keys(BINARIZERS) as BinarizerName[])('%s makes 26 binary layers', (binarizer) => {
  const { layers } = summarize(bifsmn({ labels: 12, binarizer }));
  expect(layers.filter(({ weightBits, activationBits }) => weightBits === 1 && activationBits === 1).length).toBe(26);
});

test('only the memory of BiFSMNv2 sees binarized zeros beyond a clip', () => {
  const padded = (binarizer: BinarizerName): string[] =>
    bifsmn({ labels: 12, binarizer })
      .nodes.filter(({ attributes }) => 'paddingValue' in attributes && attributes.paddingValue === 'quantized')
      .map(({ op }) => op);
  expect(padded('bifsmn')).toEqual([]);
  expect(padded('bifsmn-v2')).toEqual(Array.from({ length: 8 }, () => 'depthwise-conv1d'));
});

test('the plain FSMN has the weights of its formula', () => {
  const layer = (inputs: number): number => inputs * 128 + 128 + 256 * 7 + 256 * 128 + 1;
  expect(count(fsmn({ labels: 12 }))).toBe(layer(32) + 7 * layer(128) + 12 * 128 * 32 + 12);
});
