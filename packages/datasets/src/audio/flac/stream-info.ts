/** What stands before the first frame of a FLAC file: the mark, the stream information, and metadata blocks that are skipped (RFC 9639, section 8). */
import { SubframeError } from './subframe.ts';

/** Properties of a whole stream. */
export interface StreamInfo {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits per sample, 4 to 24. */
  readonly bitDepth: number;
  /** Samples of each channel; 0 where the encoder did not know. */
  readonly totalSamples: number;
  /** First byte of the first frame. */
  readonly firstFrame: number;
}

/** Whether the bytes start like a FLAC file. */
export function isFlac(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x66 && bytes[1] === 0x4c && bytes[2] === 0x61 && bytes[3] === 0x43;
}

/** Reads the stream information. @throws SubframeError with the reason */
export function readStreamInfo(bytes: Uint8Array): StreamInfo {
  if (!isFlac(bytes) || bytes.length < 42 || (bytes[4] & 0x7f) !== 0) throw new SubframeError('no fLaC mark with stream information');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getUint32(18);
  const sampleRate = packed >>> 12;
  const bitDepth = ((packed >>> 4) & 31) + 1;
  if (sampleRate === 0) throw new SubframeError('a sample rate of 0');
  if (bitDepth < 4 || bitDepth > 24) throw new SubframeError(`${bitDepth} bits per sample, of 4 to 24`);
  let offset = 4;
  for (let last = false; !last;) {
    if (offset + 4 > bytes.length) throw new SubframeError('the end of the file within the metadata');
    last = bytes[offset] >= 128;
    offset += 4 + (view.getUint32(offset) & 0xffffff);
  }
  return { sampleRate, channels: ((packed >>> 9) & 7) + 1, bitDepth, totalSamples: (packed & 15) * 2 ** 32 + view.getUint32(22), firstFrame: offset };
}
