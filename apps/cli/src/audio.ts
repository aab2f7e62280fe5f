/** Recordings from files, at the sample rate that is needed. */
import { readFile } from 'node:fs/promises';
import { type Clip, decodeAudio, resample } from '@bitvox/datasets';

/**
 * Reads a WAV or FLAC file as 16-bit mono at a sample rate.
 * @throws DatasetError for a file that cannot be decoded, CliError `CLI_FILE` for one that cannot be read
 */
export async function readRecording(path: string, sampleRate: number): Promise<Clip> {
  return resample(await decodeAudio(await readFile(path), path), sampleRate);
}
