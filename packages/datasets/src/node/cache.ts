/**
 * Decoded spectrograms kept in a file, since decoding takes longer than reading. Layout: `BVSPEC01`, length of the JSON that follows
 * (32-bit little endian), JSON {key, count, frames, bands, labelNames}, labels, pixels.
 * Invariant: a cache file appears whole or not at all (written under another name, then renamed), and counts only for the
 * very container, split and labels it was made from.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha1Hex } from '../corpus/sha1.ts';
import type { SpectrogramContainer } from '../spectrogram/container.ts';
import { loadSpectrograms, type LoadSpectrogramsOptions } from '../spectrogram/load.ts';
import type { SpectrogramSet } from '../spectrogram/spectrogram.ts';

const MAGIC = new TextEncoder().encode('BVSPEC01');

/** Options of `loadSpectrograms`, except a filter, which a file cannot know. */
export type CachedSpectrogramsOptions = Omit<LoadSpectrogramsOptions, 'filter'>;

/**
 * Like `loadSpectrograms`, but from the file at `path` if it was made from the same container and options; else decodes and writes that file.
 * @throws DatasetError those of `loadSpectrograms`; errors of the file system when writing
 */
export async function loadSpectrogramsCached(container: SpectrogramContainer, path: string, options: CachedSpectrogramsOptions = {}): Promise<SpectrogramSet> {
  const key = cacheKey(container, options);
  const known = await readCache(path, key);
  if (known !== undefined) {
    options.onProgress?.(known.count, known.count);
    return known;
  }
  const skippedBefore = container.skipped.length;
  const set = await loadSpectrograms(container, options);
  // A set with gaps is not kept: the next run must name the bad files again.
  if (container.skipped.length === skippedBefore) await writeCache(path, key, set);
  return set;
}

function cacheKey({ files }: SpectrogramContainer, { split, labels, others }: CachedSpectrogramsOptions): string {
  const text = new TextEncoder();
  return sha1Hex(text.encode(JSON.stringify([sha1Hex(files.header), sha1Hex(text.encode(files.index)), files.data.size, split, labels, others])));
}

async function readCache(path: string, key: string): Promise<SpectrogramSet | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined || bytes.length < MAGIC.length + 4 || !MAGIC.every((byte, index) => bytes[index] === byte)) return undefined;
  const body = MAGIC.length + 4 + bytes.readUInt32LE(MAGIC.length);
  let header: Omit<SpectrogramSet, 'pixels' | 'labels'> & { readonly key: string };
  try {
    header = JSON.parse(bytes.toString('utf8', MAGIC.length + 4, body));
  } catch {
    return undefined;
  }
  const { key: made, ...shape } = header;
  if (made !== key || bytes.length !== body + shape.count * (1 + shape.frames * shape.bands)) return undefined;
  return {
    ...shape,
    labels: new Uint8Array(bytes.buffer, bytes.byteOffset + body, shape.count),
    pixels: new Uint8Array(bytes.buffer, bytes.byteOffset + body + shape.count, shape.count * shape.frames * shape.bands),
  };
}

async function writeCache(path: string, key: string, { labels, pixels, ...shape }: SpectrogramSet): Promise<void> {
  const json = new TextEncoder().encode(JSON.stringify({ key, ...shape }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length, true);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  try {
    const handle = await open(temporary, 'w');
    try {
      for (const part of [MAGIC, length, json, labels, pixels]) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
