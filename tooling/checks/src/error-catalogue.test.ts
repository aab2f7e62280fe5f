import { expect, test } from 'vitest';
import { type Catalogue, catalogueProblems, cataloguesOf, errorPage } from './error-catalogue.ts';

const GRAPH_ERRORS: Catalogue = { GRAPH_SHAPE: { summary: 'Shapes differ.', hint: 'Check channels.' } };

test('catalogues are found among exports by name and form', () => {
  expect(cataloguesOf({ GRAPH_ERRORS, GraphError: class {}, OTHER_ERRORS: 3, LIST_ERRORS: ['a'] })).toEqual([GRAPH_ERRORS]);
});

test('the page has an anchor for every code, with what to do', () => {
  expect(errorPage(new Map([['graph', GRAPH_ERRORS]]))).toContain('## graph\n\n### GRAPH_SHAPE\n\nShapes differ.\n\n**What to do:** Check channels.');
});

test('a code of two packages, a code out of form and an empty hint are problems', () => {
  expect(catalogueProblems(new Map([['graph', GRAPH_ERRORS]]))).toEqual([]);
  const problems = catalogueProblems(
    new Map([
      ['graph', GRAPH_ERRORS],
      ['runtime', { ...GRAPH_ERRORS, shape: { summary: 'a', hint: ' ' } }],
    ]),
  );
  expect(problems).toEqual([
    expect.stringContaining('GRAPH_SHAPE belongs to graph and to runtime'),
    expect.stringContaining('LIKE_THIS'),
    expect.stringContaining('needs a summary'),
  ]);
});
