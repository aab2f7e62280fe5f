/** Audio that arrives piece by piece: a recording from a file, or standard input with raw samples, WAV or FLAC. */
import { readFile } from 'node:fs/promises';
import { decodeAudio, resample } from '@bitvox/datasets';
import { CliError } from './errors.ts';

/** Pieces that a recording is cut into, in samples. */
const PIECE = 1600;

function* pieces(samples: Int16Array): Generator<Int16Array> {
  for (let start = 0; start < samples.length; start += PIECE) yield samples.subarray(start, start + PIECE);
}

async function* decoded(bytes: Uint8Array, name: string, sampleRate: number): AsyncGenerator<Int16Array> {
  yield* pieces((await resample(await decodeAudio(bytes, name), sampleRate)).samples);
}

const isContainer = (start: Uint8Array): boolean => ['RIFF', 'RF64', 'fLaC'].includes(String.fromCharCode(...start.subarray(0, 4)));

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Whole little-endian 16-bit samples of the bytes so far; an odd last byte waits. */
function samplesOf(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, index) => view.getInt16(2 * index, true));
}

/** Samples of standard input, as they come where they are raw. WAV and FLAC are read to their end first. */
export async function* samplesOfInput(input: AsyncIterable<Uint8Array>, sampleRate: number): AsyncGenerator<Int16Array> {
  let rest = new Uint8Array(0);
  let isRaw = false;
  const container: Uint8Array[] = [];
  for await (const chunk of input) {
    if (container.length > 0) {
      container.push(chunk);
      continue;
    }
    rest = joined([rest, chunk]);
    if (!isRaw && rest.length < 4) continue;
    if (!isRaw && isContainer(rest)) {
      container.push(rest);
      continue;
    }
    isRaw = true;
    yield samplesOf(rest);
    rest = rest.slice(rest.length & ~1);
  }
  if (container.length > 0) {
    yield* decoded(joined(container), 'standard input', sampleRate);
    return;
  }
  if (!isRaw && rest.length < 2) throw new CliError('CLI_EMPTY', 'standard input held no samples.');
  if (!isRaw) yield samplesOf(rest);
}

/** Samples of a WAV or FLAC file, or of a `.raw`, `.pcm` or `.s16` file of raw samples at the needed rate. */
export async function* samplesOfFile(path: string, sampleRate: number): AsyncGenerator<Int16Array> {
  const bytes = await readFile(path);
  if (/\.(raw|pcm|s16)$/i.test(path)) yield* pieces(samplesOf(bytes));
  else yield* decoded(bytes, path, sampleRate);
}
