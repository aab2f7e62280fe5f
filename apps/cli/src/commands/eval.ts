/** `bitvox eval MODEL DATA...`: how well a model does on labelled recordings. */
import { createSession, evaluate, type Example, type Session } from '@bitvox/runtime';
import { countOf, onlyExamples, openCorpora, skippedOf } from '../data/corpora.ts';
import { hearExamples } from '../data/examples.ts';
import { CliError, EXIT } from '../errors.ts';
import { evaluationText } from '../evaluation-text.ts';
import { modelFacts } from '../model-facts.ts';
import { LEVEL_OPTION, loadModel, MODEL_ARGUMENT } from '../model-file.ts';
import { choiceOption, numberOption } from '../options.ts';
import { bytes, duration, grouped, percent } from '../ui/format.ts';
import { startProgress } from '../ui/progress.ts';
import { styleFor } from '../ui/style.ts';
import { defineVerb } from '../verb.ts';

const OPTIONS = {
  split: { type: 'string', description: 'Which examples: test, validation, train or all', valueHint: 'NAME', default: 'test' },
  level: LEVEL_OPTION,
  backend: { type: 'string', description: 'What executes: wasm, reference, or both, which must give identical scores', valueHint: 'NAME', default: 'wasm' },
  others: { type: 'string', description: 'Words that are no label of the model: unknown, drop or fail', valueHint: 'WHAT', default: 'unknown' },
  'bad-files': { type: 'string', description: 'Recordings that cannot be read: skip or fail', valueHint: 'WHAT', default: 'fail' },
  'min-accuracy': { type: 'string', description: 'Exit with 1 when the accuracy is below this many percent', valueHint: 'PERCENT' },
  mistakes: { type: 'boolean', description: 'List every clip that was taken for something else' },
} as const;

const SPLITS = ['test', 'validation', 'val', 'train', 'all'] as const;

/** Hands examples on after both sessions have agreed on them. */
async function* agreed(examples: AsyncIterable<Example>, first: Session, second: Session, disagreements: string[]): AsyncGenerator<Example> {
  for await (const example of examples) {
    const [a, b] = [first, second].map((session) => (example.input instanceof Int16Array ? session.runClip(example.input) : session.run(example.input)));
    const isEqual =
      a!.logits.length === b!.logits.length &&
      a!.logits.every((logit, index) => logit === b!.logits[index]) &&
      a!.values.every((value, index) => value === b!.values[index]);
    if (!isEqual) disagreements.push(example.id);
    yield example;
  }
}

export default defineVerb({
  name: 'eval',
  summary: 'Measure a model on labelled recordings',
  details: [
    'DATA is as for `bitvox train`. Recordings go through the front end of the model; spectrograms of a container go into the network as they are. The official test split is used unless --split says otherwise; recordings that belong to no split count as test.',
  ],
  arguments: [MODEL_ARGUMENT, { name: 'DATA', description: 'Folders of words, manifest CSV files, spectrogram containers, or "mini"', repeated: true }],
  options: OPTIONS,
  examples: [
    ['eval spotter.bitvox recordings/', 'a table by label'],
    ['eval spotter.bitvox testset.csv --json', '{accuracy, clips, perLabel, confusion, model, ...}'],
    ['eval spotter.bitvox mini --min-accuracy 75', 'a check that fails below 75 %'],
    ['eval spotter.bitvox mini --backend both', 'proves that both executors give identical scores'],
  ],
  run: async ({ values: [path = '', ...names], options, terminal }) => {
    const split = choiceOption('split', options.split, SPLITS);
    const backend = choiceOption('backend', options.backend, ['wasm', 'reference', 'both']);
    const onBadFile = choiceOption('bad-files', options['bad-files'], ['skip', 'fail']);
    const others = choiceOption('others', options.others, ['unknown', 'drop', 'fail']);
    const least = options['min-accuracy'] === undefined ? undefined : numberOption('min-accuracy', options['min-accuracy'], { from: 0, to: 100 });

    const loaded = await loadModel(path, options.level);
    const session = createSession(loaded.model, { backend: backend === 'reference' ? 'reference' : 'wasm' });
    const all = await openCorpora(names, { onBadFile, defaultSplit: 'test' });
    const wanted = split === 'val' ? 'validation' : split;
    const corpora = wanted === 'all' ? all : all.map((corpus) => onlyExamples(corpus, (example) => example.split === wanted));
    const total = countOf(corpora);
    if (total === 0) throw new CliError('CLI_EMPTY', `no example of ${names.join(', ')} belongs to the split ${split}.`);

    const config = session.featureConfig();
    const examples = hearExamples(corpora, {
      labels: session.labels,
      others: session.labels.includes('unknown') || others !== 'unknown' ? others : 'fail',
      onBadFile,
      sampleRate: config.sampleRate,
    });
    const disagreements: string[] = [];
    const compared = backend === 'both' ? agreed(examples, session, createSession(session.program, { backend: 'reference' }), disagreements) : examples;
    const progress = startProgress(terminal, 'Evaluating');
    const began = performance.now();
    const evaluation = await evaluate(session, compared, {
      progress: (clips, correct) => progress.update(clips / total, `${grouped(clips)} of ${grouped(total)} clips  ${percent(correct / clips)}`),
      signal: terminal.signal,
    });
    progress.end();
    const seconds = (performance.now() - began) / 1000;
    const skipped = skippedOf(corpora);
    for (const { id, reason } of skipped) terminal.err(`skipped ${id}: ${reason}\n`);
    if (evaluation.clips === 0) throw new CliError('CLI_EMPTY', `no example of ${names.join(', ')} could be used.`);

    const { mistakes, ...rest } = evaluation;
    if (options.json === true) {
      const identical = backend === 'both' ? { identicalScores: disagreements.length === 0, disagreements } : {};
      const listed = options.mistakes === true ? { mistakes } : {};
      terminal.out(
        `${JSON.stringify({ ...rest, ...identical, ...listed, split: wanted, backend, seconds, skipped, model: modelFacts(loaded.model, loaded.bytes) })}\n`,
      );
    } else {
      const style = styleFor(terminal.outColor);
      const lines = [
        ...evaluationText(evaluation, style),
        style('dim', `${loaded.model.graph.name}, ${bytes(loaded.bytes)}; ${duration(seconds / evaluation.clips)} a clip with decoding and features`),
      ];
      if (backend === 'both')
        lines.push(
          disagreements.length === 0
            ? 'reference and WebAssembly gave identical scores on every clip'
            : style('red', `reference and WebAssembly differ on ${disagreements.length} clips`),
        );
      if (options.mistakes === true) lines.push('', ...mistakes.map(({ id, label, heard }) => `${id}  ${label} taken for ${heard}`));
      terminal.out(`${lines.join('\n')}\n`);
    }
    if (disagreements.length > 0) terminal.err(`the executors differ on ${disagreements.slice(0, 5).join(', ')}${disagreements.length > 5 ? ', ...' : ''}\n`);
    const isBelow = least !== undefined && 100 * evaluation.accuracy < least;
    if (isBelow) terminal.err(`${percent(evaluation.accuracy, 2)} is below the ${least} % that were asked for\n`);
    return isBelow || disagreements.length > 0 ? EXIT.failed : EXIT.ok;
  },
});
