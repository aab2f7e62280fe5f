/** Datasets on disk: a manifest CSV with its tar or folder beside it, a folder of words, a spectrogram container; told apart by what is there. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clip, DecodeOptions } from '../audio/clip.ts';
import { decodeAudio } from '../audio/decode.ts';
import { NoiseSource } from '../augment/noise.ts';
import { formatCsv } from '../corpus/csv.ts';
import type { AudioExample, BadFileOptions, Dataset } from '../corpus/dataset.ts';
import { type FileSet, type ManifestOptions, readManifest } from '../corpus/manifest.ts';
import { DatasetError } from '../errors.ts';
import { readContainer, type SpectrogramContainer } from '../spectrogram/container.ts';
import { filesOfFolder, filesOfTar, listFiles, openTarFile, sourceOfFile } from './file-source.ts';

/** Folder of long recordings that some corpora keep beside the words; they are noise, not examples. */
const NOISE_FOLDER = '_background_noise_';

/** Whatever `openDataset` can find. */
export type OpenedDataset = Dataset<AudioExample> | SpectrogramContainer;

/**
 * Opens whatever the path holds. Nothing is decoded yet.
 * @throws DatasetError DATASET_PATH, and those of the three functions below
 */
export async function openDataset(path: string, options: ManifestOptions = {}): Promise<OpenedDataset> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new DatasetError('DATASET_PATH', 'a path that does not exist', { file: path });
  if (status.isFile()) {
    if (!path.endsWith('.csv')) throw new DatasetError('DATASET_PATH', 'a file that is no CSV', { file: path });
    return openManifest(path, options);
  }
  return existsSync(join(path, 'index.csv')) ? openContainer(path, options) : openFolder(path, options);
}

/**
 * Opens a manifest: `name.csv` with `name.tar` beside it, or with the folder `name`, or else with the files relative to the CSV.
 * @throws DatasetError those of `readManifest`, and DATASET_TAR
 */
export async function openManifest(path: string, options: ManifestOptions = {}): Promise<Dataset<AudioExample>> {
  const csv = await readFile(path, 'utf8');
  const stem = path.replace(/\.csv$/, '');
  return readManifest(csv, await filesBeside(path, stem), options, basename(path));
}

/**
 * Opens a folder of words, `<label>/<file>.wav|flac`. Speaker and official split come from names like `0a7c2a8d_nohash_0.wav`; other files get `defaultSplit`.
 * @throws DatasetError DATASET_PATH where there are no audio files in folders
 */
export async function openFolder(path: string, options: ManifestOptions = {}): Promise<Dataset<AudioExample>> {
  const files = filesOfFolder(path);
  const rows = listFiles(path)
    .filter((name) => /^[^/]+\/.*\.(wav|flac)$/i.test(name) && !name.startsWith(`${NOISE_FOLDER}/`))
    .map((name) => ({ file: name, label: name.slice(0, name.indexOf('/')) }));
  if (rows.length === 0) throw new DatasetError('DATASET_PATH', 'a folder without word folders', { file: path });
  return readManifest(formatCsv(['file', 'label'], rows), files, options, basename(path));
}

/** Opens a spectrogram container. @throws DatasetError those of `readContainer`, and DATASET_PATH */
export async function openContainer(path: string, options: BadFileOptions = {}): Promise<SpectrogramContainer> {
  for (const name of ['header.bin', 'data.bin', 'index.csv']) {
    if (!existsSync(join(path, name))) throw new DatasetError('DATASET_PATH', `a container without ${name}`, { file: path });
  }
  const [header, index, data] = await Promise.all([
    readFile(join(path, 'header.bin')),
    readFile(join(path, 'index.csv'), 'utf8'),
    sourceOfFile(join(path, 'data.bin')),
  ]);
  return readContainer({ header: new Uint8Array(header), index, data }, options, join(basename(path), 'index.csv'));
}

/** Opens long recordings of noise: a tar of them, or a folder. @throws DatasetError DATASET_EMPTY, and those of the decoders */
export async function openNoise(path: string, decode: DecodeOptions = {}): Promise<NoiseSource> {
  const isTar = statSync(path).isFile();
  const archive = isTar ? await openTarFile(path) : undefined;
  const files: FileSet = archive ? filesOfTar(archive) : filesOfFolder(path);
  const names = archive ? [...archive.members.keys()] : readdirSync(path);
  const clips: Clip[] = [];
  for (const name of names.filter((candidate) => /\.(wav|flac)$/i.test(candidate)).toSorted())
    clips.push(await decodeAudio(await files.read(name), name, decode));
  return new NoiseSource(clips);
}

async function filesBeside(csvPath: string, stem: string): Promise<FileSet> {
  if (existsSync(`${stem}.tar`)) return filesOfTar(await openTarFile(`${stem}.tar`));
  if (existsSync(stem) && statSync(stem).isDirectory()) return filesOfFolder(stem);
  return filesOfFolder(dirname(csvPath));
}
