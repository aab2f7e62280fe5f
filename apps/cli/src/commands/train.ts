/** `bitvox train DATA...`: recordings in, one model file out. */
import { readFile } from 'node:fs/promises';
import { encodeModel, summarize } from '@bitvox/graph';
import { labelsOf, openCorpora, skippedOf } from '../data/corpora.ts';
import { trainingParts } from '../data/parts.ts';
import { loadPictures } from '../data/pictures.ts';
import { CliError, EXIT } from '../errors.ts';
import { modelFacts } from '../model-facts.ts';
import { loadModel } from '../model-file.ts';
import { choiceOption, integerOption, numberOption } from '../options.ts';
import { resolveConfig, type TrainingConfig } from '../training/config.ts';
import { trainingExecutor } from '../training/executor.ts';
import { followTraining } from '../training/report.ts';
import { RunFolder, writeWhole } from '../training/run-folder.ts';
import { floatModelOf, modelOf, trainSpotter } from '../training/train-spotter.ts';
import { bytes, duration, grouped, percent } from '../ui/format.ts';
import { startProgress } from '../ui/progress.ts';
import { styleFor } from '../ui/style.ts';
import { defineVerb, type VerbContext } from '../verb.ts';
import { version } from '../version.ts';

const OPTIONS = {
  out: { type: 'string', description: 'Model file to write', valueHint: 'FILE', default: 'spotter.bitvox', alias: 'o' },
  model: { type: 'string', description: 'Network: dfsmn or separable (default dfsmn)', valueHint: 'NAME' },
  bits: { type: 'string', description: 'Bits of weights and activations inside the network: 1, 8 or 32 (default 1)', valueHint: 'BITS' },
  epochs: { type: 'string', description: 'Passes over the data (default 30)', valueHint: 'COUNT' },
  batch: { type: 'string', description: 'Clips per step (default 128)', valueHint: 'COUNT' },
  'learning-rate': { type: 'string', description: 'Peak of the learning rate (default 0.01 for 1 bit, else 0.005)', valueHint: 'RATE' },
  seed: { type: 'string', description: 'Names all randomness (default 1)', valueHint: 'NUMBER' },
  labels: { type: 'string', description: 'Labels of the task, separated by commas (default: those of the data)', valueHint: 'LIST' },
  others: { type: 'string', description: 'Words that are no label: unknown, drop or fail', valueHint: 'WHAT', default: 'unknown' },
  config: { type: 'string', description: 'JSON file with any of these settings and more', valueHint: 'FILE' },
  'bad-files': { type: 'string', description: 'Recordings that cannot be read: skip or fail', valueHint: 'WHAT', default: 'fail' },
  threads: { type: 'string', description: 'Threads of the training (default: one per core, at most 8)', valueHint: 'COUNT' },
  run: { type: 'string', description: 'Folder for events and checkpoints (default: FILE.run beside the model)', valueHint: 'FOLDER' },
  resume: { type: 'boolean', description: 'Go on where an interrupted training stopped' },
} as const;

type Options = VerbContext<typeof OPTIONS>['options'];

async function configOf(options: Options): Promise<TrainingConfig> {
  const number = (name: keyof Options & string, text: string | undefined, from: number, to: number): number | undefined =>
    text === undefined ? undefined : numberOption(name, text, { from, to });
  const file: unknown = options.config === undefined ? {} : JSON.parse(await readFile(options.config, 'utf8'));
  return resolveConfig(file, {
    model: options.model,
    bits: number('bits', options.bits, 1, 32),
    epochs: number('epochs', options.epochs, 1, 10_000),
    batch: number('batch', options.batch, 1, 4096),
    learningRate: number('learning-rate', options['learning-rate'], 0, 1),
    seed: number('seed', options.seed, -(2 ** 53), 2 ** 53),
  });
}

export default defineVerb({
  name: 'train',
  summary: 'Train a keyword spotter on recordings and write it as one file',
  details: [
    'DATA is any number of folders of words (LABEL/FILE.wav or .flac), manifest CSV files with their tar beside them, and spectrogram containers, or "mini" for the embedded corpus. Examples of the test split are never trained on; where no example is meant for validation, one speaker in ten is held out.',
    'An interrupt (Ctrl-C) saves a checkpoint and ends with exit code 130; --resume goes on to the same result as if nothing had happened.',
  ],
  arguments: [{ name: 'DATA', description: 'Folders, manifests, containers, or "mini"', repeated: true }],
  options: OPTIONS,
  examples: [
    ['train mini --epochs 20', 'a 1-bit spotter from the embedded corpus'],
    ['train recordings/ --labels lamp,fan,unknown,silence --out lamp.bitvox', 'two words of your own'],
    ['train spectrograms/ --model separable --bits 32 --seed 7', 'a float network'],
  ],
  run: async ({ values, options, terminal }) => {
    const { signal } = terminal;
    const config = await configOf(options);
    const onBadFile = choiceOption('bad-files', options['bad-files'], ['skip', 'fail']);
    const others = choiceOption('others', options.others, ['unknown', 'drop', 'fail']);
    const corpora = await openCorpora(values, { onBadFile, defaultSplit: 'train' });
    const labels = options.labels?.split(',').map((label) => label.trim()) ?? labelsOf(corpora);
    const absent = labels.filter((label) => !corpora.some(({ dataset }) => dataset.labels.includes(label)) && !(label === 'unknown' && others === 'unknown'));
    if (absent.length > 0) throw new CliError('CLI_LABELS', `no recording is labelled ${absent.join(' or ')}; the data has ${labelsOf(corpora).join(', ')}.`);
    const parts = trainingParts(corpora, config.validationShare, config.seed);

    const loading = startProgress(terminal, 'Loading');
    const pictures = { labels, others: labels.includes('unknown') ? others : others === 'unknown' ? 'drop' : others, onBadFile, signal } as const;
    const onProgress = (done: number, total: number): void => loading.update(done / total, `${grouped(done)} of ${grouped(total)} clips`);
    const training = await loadPictures(parts.training, { ...pictures, onProgress });
    const validation = parts.validation.some(({ dataset }) => dataset.examples.length > 0) ? await loadPictures(parts.validation, pictures) : undefined;
    loading.end(`${grouped(training.count)} clips to train on, ${grouped(validation?.count ?? 0)} to validate, ${labels.length} labels`);
    for (const { id, reason } of skippedOf(corpora)) terminal.err(`skipped ${id}: ${reason}\n`);

    const folder = new RunFolder(options.run ?? `${options.out}.run`);
    const start = { config, data: values };
    const checkpoint = options.resume === true ? await folder.resume(start) : undefined;
    if (checkpoint === undefined) await folder.start(start);
    const threads = options.threads === undefined ? undefined : integerOption('threads', options.threads, { from: 1, to: 64 });

    const began = performance.now();
    const progress = startProgress(terminal, 'Training');
    const [teacher, initial] = await Promise.all(
      [config.teacher, config.initial].map(async (path) => (path === null ? undefined : (await loadModel(path)).model)),
    );
    const events = trainSpotter({ config, training, validation, executor: trainingExecutor(threads), teacher, initial, checkpoint, signal });
    const ending = await followTraining(events, progress, (event) => folder.record(event));
    progress.end();
    if (ending.kind === 'stopped') {
      terminal.err(`Interrupted; a checkpoint is in ${folder.path}. Go on with --resume.\n`);
      return EXIT.interrupted;
    }

    const seconds = (performance.now() - began) / 1000;
    const { tensors, accuracy, epoch } = ending.event;
    const provenance = {
      program: `bitvox ${await version()}`,
      config,
      data: values,
      clips: training.count,
      validation: { clips: validation?.count ?? 0, accuracy, epoch },
    };
    await folder.keep(encodeModel(floatModelOf({ config, training }, tensors, provenance)));
    const model = modelOf({ config, training }, tensors, provenance);
    const file = encodeModel(model);
    await writeWhole(options.out, file);
    if (options.json === true) {
      terminal.out(
        `${JSON.stringify({ file: options.out, seconds, validation: provenance.validation, labels, model: modelFacts(model, file.length), skipped: skippedOf(corpora) })}\n`,
      );
    } else {
      const style = styleFor(terminal.outColor);
      const { floatBytes } = summarize(model.graph);
      terminal.out(`${style('bold', options.out)}  ${bytes(file.length)}, ${(floatBytes / file.length).toFixed(1)} times smaller than in floats\n`);
      if (accuracy !== null) terminal.out(`validation  ${percent(accuracy)} of ${grouped(validation?.count ?? 0)} clips\n`);
      terminal.out(`trained in ${duration(seconds)}\n`);
    }
    return EXIT.ok;
  },
});
