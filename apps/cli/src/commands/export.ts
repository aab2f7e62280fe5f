/** `bitvox export arm MODEL --out DIR`: a model as a C project for a device, with recordings that prove it computes the same there. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { armProject, type ArmProject, type CoreName, CORES, type GoldenClip } from '@bitvox/arm';
import { openMiniCorpus } from '@bitvox/datasets/node';
import { checkFeatureConfig } from '@bitvox/features';
import type { Model } from '@bitvox/graph';
import { readRecording } from '../audio.ts';
import { MINI_FOLDER } from '../data/corpora.ts';
import { EXIT } from '../errors.ts';
import { LEVEL_OPTION, loadModel, MODEL_ARGUMENT } from '../model-file.ts';
import { choiceOption } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { writeWhole } from '../training/run-folder.ts';
import { bytes, grouped } from '../ui/format.ts';
import { styleFor } from '../ui/style.ts';
import { table } from '../ui/table.ts';
import { defineVerb } from '../verb.ts';

const CLIPS = 3;

/** Recordings of words that the model reports: three of the embedded corpus, where it is there and has the right sample rate. */
async function embeddedClips({ labels, decision }: Model, sampleRate: number): Promise<readonly GoldenClip[]> {
  if (!existsSync(MINI_FOLDER)) return [];
  const { evaluation } = await openMiniCorpus(MINI_FOLDER);
  const wanted = [...Object.keys(decision.thresholds), ...labels].filter((label, index, all) => all.indexOf(label) === index);
  const examples = wanted.flatMap((label) => evaluation.examples.filter((example) => example.label === label).slice(0, 1)).slice(0, CLIPS);
  const clips = await Promise.all(examples.map(async (example) => ({ name: `${example.label}, ${example.id}`, clip: await example.load() })));
  return clips.filter(({ clip }) => clip.sampleRate === sampleRate).map(({ name, clip }) => ({ name, samples: clip.samples }));
}

/** The recordings of the self-test. */
async function goldenClips(model: Model, files: readonly string[]): Promise<readonly GoldenClip[]> {
  if (Object.keys(model.features).length === 0) return [];
  const { sampleRate } = checkFeatureConfig(model.features);
  if (files.length === 0) return embeddedClips(model, sampleRate);
  return Promise.all(files.map(async (file) => ({ name: basename(file), samples: (await readRecording(file, sampleRate)).samples })));
}

function describe({ name, report, files }: ArmProject, folder: string, terminal: Terminal): string {
  const style = styleFor(terminal.outColor);
  const { state, weights, tables } = report.bytes;
  const layers = report.layers.map(({ layer, kernel, channels, instructions, outputsPerSecond }) => [
    layer,
    channels,
    kernel,
    grouped(instructions),
    grouped(Math.round(instructions * outputsPerSecond)),
  ]);
  return `${[
    `${style('bold', name)} for ${report.core}: ${files.size} files in ${folder}`,
    `RAM ${bytes(state)}, flash ${bytes(weights)} of weights and ${bytes(tables)} of tables; code comes on top`,
    '',
    ...table(
      [{ title: 'layer' }, { title: 'channels' }, { title: 'kernel' }, { title: 'instructions', align: 'right' }, { title: 'a second', align: 'right' }],
      layers,
      style,
    ),
    '',
    `${report.vectors.length} recordings in the self-test; instructions are estimates from counts under emulation, not measured on silicon`,
  ].join('\n')}\n`;
}

export default defineVerb({
  name: 'export',
  summary: 'Write a model as a C project for a device',
  details: [
    'TARGET is "arm". The project is C99 without heap, floats or dependencies, for CMake, Arduino, PlatformIO, Zephyr, ESP-IDF and CMSIS-Pack. Its self-test compares every frame, score and detection of the golden recordings with those computed here.',
    'Without --clips, three recordings of the embedded corpus are taken where it is there.',
  ],
  arguments: [{ name: 'TARGET', description: 'The kind of device: arm' }, MODEL_ARGUMENT],
  options: {
    core: { type: 'string', description: `Core that kernels are chosen for: ${Object.keys(CORES).join(', ')}`, valueHint: 'NAME', default: 'portable' },
    level: LEVEL_OPTION,
    out: { type: 'string', description: 'Folder of the project; the default is named after the model', valueHint: 'DIR', alias: 'o' },
    name: { type: 'string', description: 'Prefix of all C names', valueHint: 'NAME' },
    clips: { type: 'string', description: 'WAV or FLAC recordings for the self-test, separated by commas', valueHint: 'FILES' },
    single: { type: 'boolean', description: 'One source file with its header and self-test instead of a folder for build systems' },
  },
  examples: [
    ['export arm zoo:dfsmn-12-w1a1 --core cortex-m4 --out spotter', 'a folder for a Cortex-M4'],
    ['export arm spotter.bitvox --level 0.5x --core cortex-m4', 'half of the blocks of a network that can be thinned'],
    ['export arm spotter.bitvox --single --clips yes.wav,no.wav', 'two files to drop into a project, and their self-test'],
  ],
  run: async ({ values: [target = '', path = ''], options, terminal }) => {
    choiceOption('target', target, ['arm']);
    const core = choiceOption('core', options.core, Object.keys(CORES) as CoreName[]);
    const { model } = await loadModel(path, options.level);
    const clips = await goldenClips(model, options.clips === undefined ? [] : options.clips.split(','));
    const project = armProject(model, {
      core,
      clips,
      layout: options.single === true ? 'single-file' : 'folder',
      ...(options.name === undefined ? {} : { name: options.name }),
    });
    const folder = options.out ?? project.name;
    for (const [file, text] of project.files) await writeWhole(join(folder, file), text);
    if (options.json === true) terminal.out(`${JSON.stringify({ folder, files: [...project.files.keys()], report: project.report })}\n`);
    else terminal.out(describe(project, folder, terminal));
    return EXIT.ok;
  },
});
