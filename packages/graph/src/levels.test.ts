import { describe, expect, test } from 'vitest';
import { checkLevels, checkModel, createGraph, factorFolds, levelsOf, modelAtLevel, nodesOfLevels, nodeSpecs } from './index.ts';
import { thinnable, thinnableModel } from './levels.fixture.ts';

const [full, thin] = thinnable() as [ReturnType<typeof thinnable>[0], ReturnType<typeof thinnable>[0]];
/** The thin network with one node changed. */
const changed = (name: string, change: object) => ({
  name: '0.5x',
  graph: createGraph(
    'thin',
    nodeSpecs(thin.graph).map((node) => (node.name === name ? { ...node, ...change } : node)),
  ),
});

describe('levels of one network', () => {
  test('share nodes of one name, whatever those read', () => {
    expect(checkLevels([full, thin])).toEqual([full, thin]);
    expect(nodesOfLevels([full, thin]).get('block-1-product')!.inputs).toEqual(['block-0']);
    expect([...nodesOfLevels([full, thin]).keys()].at(-1)).toBe('block-1-norm-0.5x');
  });

  const [input, ...rest] = nodeSpecs(thin.graph);
  const shorter = createGraph('thin', [{ ...input!, attributes: { ...input!.attributes, frames: 5 } }, ...rest]);
  const relu = createGraph('thin', [input, { name: 'block-0', op: 'relu', inputs: ['input'] }, { ...rest.at(-1)!, inputs: ['block-0'] }]);
  test.each([
    ['no level', []],
    ['too many', Array.from({ length: 9 }, (_, at) => ({ ...full, name: `${at}x` }))],
    ['two of one name', [full, { ...thin, name: '1x' }]],
    ['a name that is no name', [{ ...full, name: 'Full depth' }]],
    ['another operation', [full, { name: '0.5x', graph: relu }]],
    ['other attributes', [full, changed('block-1-product', { attributes: { channels: 6, kernel: 3, padding: [1, 1] } })]],
    ['another input', [full, { name: '0.5x', graph: shorter }]],
  ])('are refused: %s', (_, levels) => {
    expect(() => checkLevels(levels)).toThrow(expect.objectContaining({ code: 'GRAPH_LEVEL' }));
  });
});

describe('a model of several levels', () => {
  const model = checkModel(thinnableModel());

  test('has every tensor once, and only those', () => {
    const without = new Map(model.tensors);
    without.delete('block-1-norm-0.5x/offset');
    expect(() => checkModel({ ...model, tensors: without })).toThrow(expect.objectContaining({ code: 'GRAPH_TENSOR', node: 'block-1-norm-0.5x' }));
    expect(() => checkModel({ ...model, levels: [model.levels![0]!] })).toThrow(expect.objectContaining({ code: 'GRAPH_TENSOR' }));
    expect(() => checkModel({ ...model, levels: [...model.levels!].reverse() })).toThrow(expect.objectContaining({ code: 'GRAPH_LEVEL' }));
  });

  test('can be cut to one level with the tensors of that level', () => {
    const cut = modelAtLevel(model, '0.5x');
    expect([...cut.tensors.keys()]).toEqual([
      'block-1-product/weight',
      'classifier/weight',
      'classifier/bias',
      'block-1-norm-0.5x/multiplier',
      'block-1-norm-0.5x/offset',
    ]);
    expect(levelsOf(cut)).toEqual([{ name: '1x', graph: thin.graph }]);
    expect(() => modelAtLevel(model, '2x')).toThrow(/GRAPH_LEVEL: there is no level "2x"; there are 1x, 0.5x\./);
    expect(modelAtLevel(cut, '1x')).toEqual(cut);
  });

  test('folds factors and biases where every level has a batch norm for them', () => {
    const product = full.graph.nodes.find(({ name }) => name === 'block-1-product')!;
    expect(factorFolds([full.graph, thin.graph], product)).toBe(true);
    const read = changed('block-1-norm-0.5x', { op: 'relu', attributes: {} }).graph;
    expect(factorFolds([full.graph, read], product)).toBe(false);
    expect(factorFolds(full.graph, full.graph.nodes.at(-1)!)).toBe(false);
  });
});
