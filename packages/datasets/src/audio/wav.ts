/**
 * WAV (RIFF) files: decoding of PCM 8/16/24/32, IEEE float 32/64, A-law and µ-law, and 16-bit encoding.
 *
 * The chunks are walked here, because chunks of odd length are followed by a pad byte and a file may end before its headers say so;
 * the sample formats other than 16-bit PCM are `@echogarden/wave-codec`'s work, which is loaded when first needed.
 * Invariant: nothing is allocated that is larger than a small multiple of the file itself.
 */
import { DatasetError, reasonOf } from '../errors.ts';
import { type Clip, type DecodeOptions, sampleLimit, toMono } from './clip.ts';

const PCM = 1;
const IEEE_FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;
const BIT_DEPTHS: Record<number, readonly number[]> = { [PCM]: [8, 16, 24, 32], [IEEE_FLOAT]: [32, 64], [A_LAW]: [8], [MU_LAW]: [8] };

interface WavLayout {
  readonly format: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bitDepth: number;
  readonly data: Uint8Array;
}

/** Whether the bytes start like a WAV file. */
export function isWav(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && tag(bytes, 0) === 'RIFF' && tag(bytes, 8) === 'WAVE';
}

/**
 * Decodes a WAV file to 16-bit mono. 16-bit samples come through unchanged; others are rounded half up and saturated.
 *
 * @param name used in errors
 * @throws DatasetError DATASET_WAV, DATASET_TOO_LONG, DATASET_OPTION
 */
export async function decodeWav(bytes: Uint8Array, options: DecodeOptions = {}, name?: string): Promise<Clip> {
  const layout = readLayout(bytes, name);
  const bytesPerFrame = (layout.bitDepth / 8) * layout.channels;
  const frames = Math.floor(layout.data.length / bytesPerFrame);
  if (frames > sampleLimit(layout.sampleRate, options)) {
    throw new DatasetError('DATASET_TOO_LONG', `${(frames / layout.sampleRate).toFixed(1)} s`, { file: name });
  }
  const data = layout.data.subarray(0, frames * bytesPerFrame);
  if (layout.format === PCM && layout.bitDepth === 16) {
    const values = readInt16(data);
    if (layout.channels === 1) return { sampleRate: layout.sampleRate, samples: values };
    const channels = Array.from({ length: layout.channels }, (_, channel) => every(values, layout.channels, channel));
    return { sampleRate: layout.sampleRate, samples: toMono(channels, 32768, options.channel) };
  }
  const codec = await import('@echogarden/wave-codec');
  let channels: Float32Array[];
  try {
    channels = codec.bufferToFloat32Channels(data.slice(), layout.channels, layout.bitDepth as 8 | 24 | 32 | 64, layout.format);
  } catch (cause) {
    throw new DatasetError('DATASET_WAV', reasonOf(cause), { file: name, cause });
  }
  return { sampleRate: layout.sampleRate, samples: toMono(channels, 1, options.channel) };
}

/** Encodes a clip as a WAV file: 16-bit PCM, one channel. */
export function encodeWav(clip: Clip): Uint8Array {
  const bytes = new Uint8Array(44 + clip.samples.length * 2);
  const view = new DataView(bytes.buffer);
  const write = (offset: number, text: string): void => bytes.set(new TextEncoder().encode(text), offset);
  write(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  write(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, clip.sampleRate, true);
  view.setUint32(28, clip.sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, 'data');
  view.setUint32(40, clip.samples.length * 2, true);
  for (let index = 0; index < clip.samples.length; index++) view.setInt16(44 + index * 2, clip.samples[index], true);
  return bytes;
}

function readLayout(bytes: Uint8Array, name: string | undefined): WavLayout {
  const fail = (got: string): DatasetError => new DatasetError('DATASET_WAV', got, { file: name });
  if (!isWav(bytes)) throw fail('no RIFF/WAVE header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Omit<WavLayout, 'data'> | undefined;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const size = view.getUint32(offset + 4, true);
    const body = offset + 8;
    const kind = tag(bytes, offset);
    if (kind === 'fmt ') {
      if (size < 16 || body + size > bytes.length) throw fail(`a format chunk of ${size} bytes`);
      const declared = view.getUint16(body, true);
      // The first two bytes of the sub-format GUID of an extensible header are the format number.
      const code = declared === EXTENSIBLE && size >= 40 ? view.getUint16(body + 24, true) : declared;
      format = {
        format: code,
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bitDepth: view.getUint16(body + 14, true),
      };
      if (!BIT_DEPTHS[code]?.includes(format.bitDepth)) throw fail(`format ${code} with ${format.bitDepth} bits`);
      if (format.channels === 0 || format.sampleRate === 0) throw fail(`${format.channels} channels at ${format.sampleRate} Hz`);
    } else if (kind === 'data') {
      if (format === undefined) throw fail('samples before their format');
      // 0 and 2^32 - 1 are what streaming writers leave behind: the samples then run to the end of the file.
      const streamed = size === 0xffffffff || (size === 0 && body < bytes.length);
      if (!streamed && body + size > bytes.length) throw fail(`${bytes.length - body} of ${size} bytes of samples`);
      return { ...format, data: bytes.subarray(body, streamed ? bytes.length : body + size) };
    }
    offset = body + size + (size & 1);
  }
  throw fail(format === undefined ? 'no format chunk' : 'no samples');
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]);
}

function readInt16(data: Uint8Array): Int16Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = new Int16Array(data.length >> 1);
  for (let index = 0; index < values.length; index++) values[index] = view.getInt16(index * 2, true);
  return values;
}

function every(values: Int16Array, step: number, first: number): Int16Array {
  const picked = new Int16Array(values.length / step);
  for (let index = 0; index < picked.length; index++) picked[index] = values[index * step + first];
  return picked;
}
