/**
 * One FLAC frame (RFC 9639, section 9): header, subframes of every channel, checksum; with the stereo decorrelation undone.
 * Invariant: a frame is given out only if both of its checksums hold.
 */
import type { BitReader } from './bit-reader.ts';
import { crc16, crc8 } from './checksum.ts';
import type { StreamInfo } from './stream-info.ts';
import { readSubframe, SubframeError } from './subframe.ts';

const LEFT_SIDE = 8;
const RIGHT_SIDE = 9;
const MID_SIDE = 10;
const BIT_DEPTHS = [0, 8, 12, -1, 16, 20, 24, 32];

/** A block of every channel, [channel][time], and where the next frame starts. */
export interface Frame {
  readonly channels: Int32Array[];
  readonly end: number;
}

interface FrameHeader {
  readonly blockSize: number;
  readonly assignment: number;
  readonly bitDepth: number;
}

/** Whether a frame seems to start at a byte: the 15 bits every frame starts with. */
export function isFrameStart(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0xff && (bytes[offset + 1] & 0xfe) === 0xf8;
}

/**
 * Decodes the frame that starts at byte `start`.
 * @throws SubframeError with the reason
 */
export function readFrame(bytes: Uint8Array, reader: BitReader, start: number, stream: StreamInfo): Frame {
  reader.position = start * 8;
  const header = readHeader(bytes, reader, start, stream);
  const count = header.assignment < 8 ? header.assignment + 1 : 2;
  if (count !== stream.channels || header.bitDepth !== stream.bitDepth) {
    throw new SubframeError(`a frame of ${count} channels of ${header.bitDepth} bits in a stream of ${stream.channels} of ${stream.bitDepth}`);
  }
  const channels = Array.from({ length: count }, (_, channel) => {
    const samples = new Int32Array(header.blockSize);
    const isSide =
      (header.assignment === RIGHT_SIDE && channel === 0) || ((header.assignment === LEFT_SIDE || header.assignment === MID_SIDE) && channel === 1);
    readSubframe(reader, samples, header.bitDepth + (isSide ? 1 : 0));
    return samples;
  });
  reader.align();
  const end = reader.position / 8 + 2;
  if (end > bytes.length) throw new SubframeError('the end of the file within a frame');
  if (crc16(bytes, start, end) !== 0) throw new SubframeError('a frame whose checksum is wrong');
  decorrelate(channels, header.assignment);
  return { channels, end };
}

function readHeader(bytes: Uint8Array, reader: BitReader, start: number, stream: StreamInfo): FrameHeader {
  if (!isFrameStart(bytes, start)) throw new SubframeError('no frame where one should start');
  reader.read(16);
  const sizeCode = reader.read(4);
  const rateCode = reader.read(4);
  const assignment = reader.read(4);
  const depthCode = reader.read(3);
  if (sizeCode === 0 || rateCode === 15 || assignment > MID_SIDE || depthCode === 3 || reader.read(1) !== 0)
    throw new SubframeError('a frame header with reserved values');
  // The frame or sample number, in the manner of UTF-8: the leading ones of its first byte count its bytes.
  const ones = Math.clz32(~(reader.read(8) << 24));
  for (let extra = 1; extra < ones; extra++) reader.read(8);
  const blockSize =
    sizeCode === 1
      ? 192
      : sizeCode < 6
        ? 576 << (sizeCode - 2)
        : sizeCode === 6
          ? reader.read(8) + 1
          : sizeCode === 7
            ? reader.read(16) + 1
            : 256 << (sizeCode - 8);
  if (rateCode >= 12) reader.read(rateCode === 12 ? 8 : 16);
  reader.read(8);
  if (reader.overrun || crc8(bytes, start, reader.position / 8) !== 0) throw new SubframeError('a frame header whose checksum is wrong');
  return { blockSize, assignment, bitDepth: depthCode === 0 ? stream.bitDepth : BIT_DEPTHS[depthCode] };
}

function decorrelate(channels: Int32Array[], assignment: number): void {
  if (assignment < LEFT_SIDE) return;
  const [first, second] = channels;
  for (let time = 0; time < first.length; time++) {
    if (assignment === LEFT_SIDE) second[time] = first[time] - second[time];
    else if (assignment === RIGHT_SIDE) first[time] += second[time];
    else {
      const side = second[time];
      const doubled = first[time] * 2 + (side & 1);
      first[time] = (doubled + side) >> 1;
      second[time] = (doubled - side) >> 1;
    }
  }
}
