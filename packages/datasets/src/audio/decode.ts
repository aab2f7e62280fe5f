/** Audio files by their first bytes, whatever their name says. */
import { DatasetError } from '../errors.ts';
import type { Clip, DecodeOptions } from './clip.ts';
import { decodeFlac } from './flac/flac.ts';
import { isFlac } from './flac/stream-info.ts';
import { decodeWav, isWav } from './wav.ts';

/**
 * Decodes a WAV or FLAC file to 16-bit mono.
 *
 * @param name used in errors
 * @throws DatasetError DATASET_FORMAT, DATASET_WAV, DATASET_FLAC, DATASET_TOO_LONG, DATASET_OPTION
 */
export async function decodeAudio(bytes: Uint8Array, name?: string, options: DecodeOptions = {}): Promise<Clip> {
  if (isFlac(bytes)) return decodeFlac(bytes, options, name);
  if (isWav(bytes)) return decodeWav(bytes, options, name);
  const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new DatasetError('DATASET_FORMAT', bytes.length === 0 ? 'an empty file' : `a file of ${bytes.length} bytes that starts with ${start}`, { file: name });
}
