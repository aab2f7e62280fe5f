/**
 * FLAC files (RFC 9639) to 16-bit mono.
 *
 * A decoder of its own, because a corpus must come through to the last sample and say so when it does not: the WebAssembly decoder that
 * was tried dropped the last block of one valid clip in thirty (blocks of silence of a few bytes) and every damaged block, without an error.
 * Invariant: the result has exactly the number of samples the file declares, every frame passed its checksums, memory grows only with
 * what has been decoded.
 */
import { DatasetError, reasonOf } from '../../errors.ts';
import { type Clip, type DecodeOptions, sampleLimit, toMono } from '../clip.ts';
import { BitReader } from './bit-reader.ts';
import { isFrameStart, readFrame } from './frame.ts';
import { readStreamInfo } from './stream-info.ts';
import { SubframeError } from './subframe.ts';

/**
 * Decodes a FLAC file. 16-bit samples come through unchanged; other depths are rounded half up and saturated.
 *
 * @param name used in errors
 * @throws DatasetError DATASET_FLAC, DATASET_TOO_LONG, DATASET_OPTION
 */
export async function decodeFlac(bytes: Uint8Array, options: DecodeOptions = {}, name?: string): Promise<Clip> {
  try {
    return decode(bytes, options, name);
  } catch (cause) {
    if (!(cause instanceof SubframeError)) throw cause;
    throw new DatasetError('DATASET_FLAC', reasonOf(cause), { file: name, cause });
  }
}

function decode(bytes: Uint8Array, options: DecodeOptions, name: string | undefined): Clip {
  const stream = readStreamInfo(bytes);
  const limit = sampleLimit(stream.sampleRate, options);
  const refuse = (samples: number): never => {
    throw new DatasetError('DATASET_TOO_LONG', `${(samples / stream.sampleRate).toFixed(1)} s`, { file: name });
  };
  if (stream.totalSamples > limit) refuse(stream.totalSamples);
  const reader = new BitReader(bytes, stream.firstFrame);
  const blocks: Int16Array[] = [];
  let total = 0;
  let offset = stream.firstFrame;
  while (offset < bytes.length && (stream.totalSamples === 0 || total < stream.totalSamples)) {
    const frame = readFrame(bytes, reader, offset, stream);
    const block = toMono(frame.channels, 2 ** (stream.bitDepth - 1), options.channel);
    total += block.length;
    if (total > limit) refuse(total);
    blocks.push(block);
    offset = frame.end;
  }
  // What follows the last frame may be a tag of some player, but no further frame.
  if (isFrameStart(bytes, offset)) throw new SubframeError(`more than ${stream.totalSamples} samples`);
  if (stream.totalSamples !== 0 && total !== stream.totalSamples) throw new SubframeError(`${total} of ${stream.totalSamples} samples`);
  const samples = new Int16Array(total);
  let filled = 0;
  for (const block of blocks) {
    samples.set(block, filled);
    filled += block.length;
  }
  return { sampleRate: stream.sampleRate, samples };
}
