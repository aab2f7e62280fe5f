/** `bitvox demo`: the whole line on the embedded corpus: train, evaluate, listen, and say what came out. */
import { join, relative } from 'node:path';
import { encodeModel } from '@bitvox/graph';
import { openMiniCorpus } from '@bitvox/datasets/node';
import { createSession, evaluate } from '@bitvox/runtime';
import { miniFolder } from '../data/corpora.ts';
import { hearExamples } from '../data/examples.ts';
import { trainingParts } from '../data/parts.ts';
import { loadPictures } from '../data/pictures.ts';
import { chooseDecision, composeFrom, listen } from '../demo/listen.ts';
import { demoConfig } from '../demo/recipe.ts';
import { heading, nextLines, sizeLines, streamLines } from '../demo/text.ts';
import { EXIT } from '../errors.ts';
import { evaluationText } from '../evaluation-text.ts';
import { modelFacts } from '../model-facts.ts';
import { integerOption } from '../options.ts';
import { trainingExecutor } from '../training/executor.ts';
import { followTraining } from '../training/report.ts';
import { writeWhole } from '../training/run-folder.ts';
import { modelOf, trainSpotter } from '../training/train-spotter.ts';
import { duration, grouped, percent } from '../ui/format.ts';
import { startProgress } from '../ui/progress.ts';
import { paragraph, styleFor } from '../ui/style.ts';
import { defineVerb } from '../verb.ts';
import { version } from '../version.ts';

export default defineVerb({
  name: 'demo',
  summary: 'Train, evaluate and run a 1-bit keyword spotter on the embedded corpus',
  details: [
    'Trains a network with 1-bit weights and activations from scratch, evaluates it on recordings of speakers it has not heard, spots the words in one continuous stream of further speakers over noise, and shows what was said beside what was heard.',
  ],
  arguments: [],
  options: {
    out: { type: 'string', description: 'Model file to write', valueHint: 'FILE', default: join('runs', 'demo', 'spotter.bitvox'), alias: 'o' },
    epochs: { type: 'string', description: 'Passes over the data: fewer are quicker and hear worse (default 30)', valueHint: 'COUNT' },
    seed: { type: 'string', description: 'Names all randomness', valueHint: 'NUMBER', default: '1' },
    threads: { type: 'string', description: 'Threads of the training (default: one per core, at most 8)', valueHint: 'COUNT' },
  },
  examples: [
    ['demo', 'about a minute and a half on two cores'],
    ['demo --seed 7 --json', 'another network, figures for a program'],
  ],
  run: async ({ options, terminal }) => {
    const { signal } = terminal;
    const seed = integerOption('seed', options.seed, { from: 0, to: 2 ** 31 });
    const config = demoConfig(seed, options.epochs === undefined ? undefined : integerOption('epochs', options.epochs, { from: 1, to: 1000 }));
    const threads = options.threads === undefined ? undefined : integerOption('threads', options.threads, { from: 1, to: 64 });
    const style = styleFor(terminal.outColor);
    const print = (lines: readonly string[]): void => {
      if (options.json !== true) terminal.out(`${lines.join('\n')}\n`);
    };

    const mini = await openMiniCorpus(miniFolder());
    const { labels } = mini.train;
    const parts = trainingParts([{ name: 'mini', dataset: mini.train }], config.validationShare, seed);
    const pictures = { labels, others: 'unknown', onBadFile: 'fail', signal } as const;
    const training = await loadPictures(parts.training, pictures);
    const validation = await loadPictures(parts.validation, pictures);
    print([
      style('bold', 'bitvox: a keyword spotter with 1-bit weights and activations, from scratch'),
      ...heading(1, 'Training', style),
      ...paragraph(
        `${grouped(training.count)} recordings, and ${grouped(validation.count)} of other speakers to validate: ${labels.join(' ')}`,
        terminal.columns,
      ),
    ]);

    const began = performance.now();
    const progress = startProgress(terminal, '  Training');
    const ending = await followTraining(trainSpotter({ config, training, validation, executor: trainingExecutor(threads), signal }), progress);
    progress.end();
    if (ending.kind === 'stopped') return EXIT.interrupted;
    const trainingSeconds = (performance.now() - began) / 1000;
    const provenance = {
      program: `bitvox ${await version()}`,
      config,
      data: ['mini'],
      clips: training.count,
      validation: { clips: validation.count, accuracy: ending.event.accuracy, epoch: ending.event.epoch },
    };
    const trained = modelOf({ config, training }, ending.event.tensors, provenance);
    print([
      `  ${config.epochs} epochs in ${style('bold', duration(trainingSeconds))}; ${percent(ending.event.accuracy ?? 0)} of the validation recordings are right`,
    ]);

    const session = createSession(trained);
    const { sampleRate } = session.featureConfig();
    print(heading(2, 'Evaluating on recordings of speakers it has not heard', style));
    const heard = hearExamples([{ name: 'mini (test)', dataset: mini.evaluation }], { labels, others: 'fail', onBadFile: 'fail', sampleRate });
    const { mistakes: _mistakes, ...evaluation } = await evaluate(session, heard, { signal });
    print(evaluationText(evaluation, style).map((line) => (line === '' ? '' : `  ${line}`)));

    signal.throwIfAborted();
    // Thresholds are chosen on speakers who are not in the stream that is shown.
    const decision = await chooseDecision(session, await composeFrom(mini.evaluation, mini.noise, seed));
    const stream = await composeFrom(mini.stream, mini.noise, seed);
    const model = { ...trained, decision };
    const file = encodeModel(model);
    await writeWhole(options.out, file);
    print(heading(3, 'Listening to a continuous stream of further speakers over noise', style));
    const listened = await listen(session, stream, decision);
    print(streamLines(stream, listened, terminal.columns, style));

    print([...heading(4, 'What it takes', style), ...sizeLines(model, file.length, listened, terminal.columns, style)]);
    const near = relative(process.cwd(), options.out);
    const shown = near === '' || near.startsWith('..') ? options.out : near;
    print([...heading(5, 'What to try next', style), `  The model is in ${style('bold', shown)}.`, ...nextLines(shown, 'npm run bitvox --', style)]);

    if (options.json === true) {
      const { matches, seconds, work } = listened;
      const { hits, misses, falseAlarms, hitRate, falseAlarmsPerHour } = matches;
      terminal.out(
        `${JSON.stringify({ file: options.out, seed, training: { clips: training.count, epochs: config.epochs, seconds: trainingSeconds, validation: provenance.validation }, evaluation, stream: { seconds, hits: hits.length, misses: misses.length, falseAlarms: falseAlarms.length, hitRate, falseAlarmsPerHour, secondsPerSecond: work / seconds, truth: stream.truth, heard: [...hits.map(({ detection }) => detection), ...falseAlarms].toSorted((a, b) => a.time - b.time) }, decision, model: modelFacts(model, file.length) })}\n`,
      );
    }
    return EXIT.ok;
  },
});
