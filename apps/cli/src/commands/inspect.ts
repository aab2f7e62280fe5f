/** `bitvox inspect MODEL`: what a model file holds. */
import { formatSummary, levelsOf, type Model, summarize } from '@bitvox/graph';
import { EXIT } from '../errors.ts';
import { modelFacts } from '../model-facts.ts';
import { loadModel, MODEL_ARGUMENT } from '../model-file.ts';
import type { Terminal } from '../terminal.ts';
import { bytes, grouped } from '../ui/format.ts';
import { styleFor } from '../ui/style.ts';
import { defineVerb } from '../verb.ts';

/** Values of a flat record in one line; nested ones as JSON. */
function facts(record: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(record).map(([key, value]) => `  ${key.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
}

/** A line for each level of a network that can be thinned. */
function levelLines(model: Model): readonly string[] {
  return levelsOf(model).map(({ name, graph }) => {
    const { bytes: tensorBytes, macs, binaryMacs, delay } = summarize(graph);
    return `  ${name.padEnd(8)} ${bytes(tensorBytes)}, ${grouped(macs)} MACs (${grouped(binaryMacs)} binary), waits ${delay} input frames in a stream`;
  });
}

function describe(model: Model, fileBytes: number, terminal: Terminal): string {
  const style = styleFor(terminal.outColor);
  const { decision } = model;
  const thresholds = Object.entries(decision.thresholds).map(([label, threshold]) => `${label} ${threshold}`);
  return `${[
    `${style('bold', model.graph.name)}  ${bytes(fileBytes)} on disk`,
    '',
    formatSummary(summarize(model.graph)),
    '',
    ...(model.levels === undefined ? [] : [style('bold', 'Levels'), ...levelLines(model), '']),
    style('bold', 'Labels'),
    `  ${model.labels.join(' ')}`,
    '',
    style('bold', 'Front end'),
    ...facts(model.features),
    '',
    style('bold', 'Decisions'),
    `  smoothing ${decision.smoothing} ms, refractory ${decision.refractory} ms`,
    `  thresholds ${thresholds.length === 0 ? 'none' : thresholds.join(', ')}`,
    '',
    style('bold', 'Provenance'),
    ...facts(model.training),
  ].join('\n')}\n`;
}

export default defineVerb({
  name: 'inspect',
  summary: 'Show what a model file holds, by bit width',
  arguments: [MODEL_ARGUMENT],
  options: {},
  examples: [
    ['inspect spotter.bitvox', 'layers, sizes, labels, front end, provenance'],
    ['inspect spotter.bitvox --json', 'the same for a program'],
  ],
  run: async ({ values: [path = ''], options, terminal }) => {
    const { model, bytes: fileBytes } = await loadModel(path);
    if (options['json'] === true) {
      const { labels, features, decision, training } = model;
      terminal.out(`${JSON.stringify({ file: path, model: modelFacts(model, fileBytes), labels, features, decision, training })}\n`);
    } else terminal.out(describe(model, fileBytes, terminal));
    return EXIT.ok;
  },
});
