/** Puts a finished run into the zoo of `@bitvox/models`: the model with all its levels, the settings it was trained with, and a card with what was measured. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeModel, encodeModel, type Model } from '@bitvox/graph';
import { ZOO } from '@bitvox/models/zoo';
import { cardOf, grouped, labelTable, parametersByBits, percent } from '../card.ts';
import type { Tested } from './evaluation.ts';
import { modelFileOf, type Plan } from './plan.ts';
import { type Measurement, scheduleOf } from './rows.ts';

/** Names and summaries in the zoo, by method. */
const NAMES: Readonly<Record<string, { readonly name: string; readonly summary: string }>> = {
  fp: { name: 'bifsmn-12-f32', summary: 'the full-precision twin of BiFSMN and BiFSMNv2 at three depths, ten words, unknown and silence' },
  v1: { name: 'bifsmn-12', summary: '1-bit BiFSMN at three depths, ten words, unknown and silence' },
  v2: { name: 'bifsmn-v2-12', summary: '1-bit BiFSMNv2 at three depths, ten words, unknown and silence' },
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Figures by level: accuracy, cost, then misses against false alarms and right answers by label on the recordings. */
export function figuresOf(model: Model, { evaluation, costs, fileBytes }: Measurement): string {
  const levels = Object.keys(costs);
  const share = (tested: Tested | undefined): string => (tested === undefined ? 'not measured' : percent(tested.correct / tested.clips));
  const row = (what: string, cell: (level: string) => string): string[] => [what, ...levels.map(cell)];
  const audio = (level: string): Tested => evaluation[level]!['audio']!;
  const isTimed = levels.every((level) => costs[level]!.time !== null);
  const overview = table(
    ['', ...levels],
    [
      row('accuracy, official test part of the spectrograms', (level) => share(evaluation[level]!['spectrograms'])),
      row(`accuracy, audio of the canonical test set, ${grouped(audio('1x').clips)} clips`, (level) => share(audio(level))),
      row(
        'of these, clips with identical scores in reference and WebAssembly',
        (level) => `${grouped(audio(level).compared - audio(level).differing)} of ${grouped(audio(level).compared)} tried`,
      ),
      row('bytes of a file with this level alone', (level) => grouped(costs[level]!.bytes!)),
      row('multiply-accumulates on single bits', (level) => grouped(costs[level]!.binaryMacs)),
      row('other multiply-accumulates', (level) => grouped(costs[level]!.realMacs)),
      ...(isTimed ? [row('a second of audio in WebAssembly, frames to scores', (level) => `${costs[level]!.time!.ours.toFixed(1)} µs`)] : []),
    ],
  );
  const errors = table(
    ['false alarms', ...levels.map((level) => `misses at ${level}`)],
    audio('1x').detection.map(({ falseAlarms }, at) => [percent(falseAlarms), ...levels.map((level) => percent(audio(level).detection[at]!.misses))]),
  );
  const perLabel = audio('1x').perLabel.map(({ clips, correct }, label) => [model.labels[label]!, { clips, accuracy: correct / Math.max(1, clips) }] as const);
  return [
    `One file holds all levels: ${grouped(fileBytes!)} bytes. Parameters of the full network: ${parametersByBits(model)}.`,
    overview,
    'Detection errors on that audio: words missed at the threshold where this share of `unknown` and `silence` is taken for a word.',
    errors,
    'Right answers at 1x:',
    labelTable(Object.fromEntries(perLabel)),
  ].join('\n\n');
}

/**
 * Writes file, settings and card of a run into the folder of the zoo, and gives the line that the list of the zoo needs if it has none.
 * @throws RangeError for a method that has no place in the zoo
 */
export function publish(plan: Plan, folder: string, zoo: string, measurement: Measurement): string | undefined {
  const { run } = measurement;
  const place = NAMES[run.method];
  if (place === undefined) throw new RangeError(`${run.id} has no name in the zoo; those of ${Object.keys(NAMES).join(', ')} have`);
  const { name, summary } = place;
  const model = decodeModel(readFileSync(join(folder, modelFileOf(run.id))));
  const schedule = scheduleOf(plan.methods[run.method]!, measurement);
  const recipe = `\`npm run report:bifsmn -- --data data --only ${run.id}\`, seed ${run.seed}: ${schedule}. The settings lie beside this card.`;
  const command = `npm run report:bifsmn -- --publish ${run.id}`;
  writeFileSync(join(zoo, `${name}.bitvox`), encodeModel(model));
  writeFileSync(join(zoo, `${name}.json`), `${JSON.stringify(run.settings, null, 2)}\n`);
  writeFileSync(join(zoo, `${name}.md`), cardOf(model, { name, summary, command, recipe, figures: figuresOf(model, measurement) }));
  return Object.hasOwn(ZOO, name) ? undefined : `  '${name}': { summary: '${summary}', file: '${name}.bitvox' },`;
}
