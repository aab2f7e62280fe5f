/**
 * What is tested on: the official test part of the spectrograms as they are stored, and recordings through the integer front end.
 * Nothing here is looked at while a network is trained or chosen; that is done on the validation part.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labelIndex, loadExamples, loadSpectrograms, resample, type SpectrogramSet } from '@bitvox/datasets';
import { openContainer, openManifest } from '@bitvox/datasets/node';
import { SPEC98X40, spec98x40Clip } from '@bitvox/features';

/** Test sets by name, and how often each label is trained on. */
export interface TestData {
  readonly sets: Readonly<Record<string, SpectrogramSet>>;
  /** Examples of the training part by label, to take their frequencies out of a classifier that was not frozen yet. */
  readonly trainingCounts: readonly number[];
}

/** Where the data lies. */
export interface DataPaths {
  /** Spectrogram container with an official split. */
  readonly spectrograms: string;
  /** Manifest of recordings, its tar beside it. */
  readonly recordings: string;
}

/** Speech Commands below a folder. @throws RangeError naming what is missing */
export function dataPathsIn(folder: string): DataPaths {
  const paths = {
    spectrograms: join(folder, 'speech-commands-spectrograms'),
    recordings: join(folder, 'speech-commands', 'testset-v0.02.csv'),
  };
  for (const path of Object.values(paths)) if (!existsSync(path)) throw new RangeError(`${path} does not exist; --data names the folder that holds it`);
  return paths;
}

async function hear(manifest: string, labels: readonly string[]): Promise<SpectrogramSet> {
  const dataset = await openManifest(manifest, { defaultSplit: 'test' });
  const tested = { ...dataset, examples: dataset.examples.filter(({ split }) => split === 'test') };
  const pictures: Uint8Array[] = [];
  const heard: number[] = [];
  for await (const { example, data } of loadExamples(tested)) {
    const { samples } = await resample(data, SPEC98X40.sampleRate);
    pictures.push(spec98x40Clip(samples));
    heard.push(labelIndex(example.label, labels, 'unknown')!);
  }
  return { labelNames: labels, count: heard.length, frames: 98, bands: SPEC98X40.bands, pixels: Buffer.concat(pictures), labels: Uint8Array.from(heard) };
}

/** Reads and decodes everything that is tested on. A container without a test part gives no set. */
export async function loadTestData({ spectrograms, recordings }: DataPaths, labels: readonly string[]): Promise<TestData> {
  const container = await openContainer(spectrograms);
  const trainingCounts = labels.map(() => 0);
  for (const { split, label } of container.examples) if (split === 'train') trainingCounts[labelIndex(label, labels, 'unknown')!]!++;
  const hasTest = container.examples.some(({ split }) => split === 'test');
  const stored = hasTest && { spectrograms: await loadSpectrograms(container, { split: 'test', labels, others: 'unknown' }) };
  return { trainingCounts, sets: { ...stored, audio: await hear(recordings, labels) } };
}
