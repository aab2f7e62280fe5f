/**
 * One channel of a FLAC frame (RFC 9639, section 9.2): constant, verbatim, fixed predictor of order 0 to 4, or linear prediction
 * of order 1 to 32, with a Rice-coded residual.
 * Invariant: all arithmetic is exact; sums that may leave 32 bits are taken in doubles, which hold 53.
 */
import type { BitReader } from './bit-reader.ts';

const FIXED_COEFFICIENTS = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const;

/** A subframe that breaks the format; the reason is the message. */
export class SubframeError extends Error {}

/**
 * Decodes one subframe into `samples`.
 *
 * @param samples one block of a channel; its length is the block size
 * @param bits bits per sample of this channel, at most 25 (24 and the extra bit of a side channel)
 */
export function readSubframe(reader: BitReader, samples: Int32Array, bits: number): void {
  if (reader.read(1) !== 0) throw new SubframeError('a subframe without its leading zero');
  const type = reader.read(6);
  const wasted = reader.read(1) === 1 ? reader.readUnary() + 1 : 0;
  const width = bits - wasted;
  if (width < 1) throw new SubframeError(`${wasted} wasted bits of ${bits}`);
  if (type === 0) samples.fill(reader.readSigned(width));
  else if (type === 1) readVerbatim(reader, samples, 0, samples.length, width);
  else if (type >= 8 && type <= 12) readFixed(reader, samples, type - 8, width);
  else if (type >= 32) readLinear(reader, samples, type - 31, width);
  else throw new SubframeError(`the reserved subframe type ${type}`);
  if (wasted > 0) for (let time = 0; time < samples.length; time++) samples[time] <<= wasted;
}

function readVerbatim(reader: BitReader, samples: Int32Array, from: number, to: number, width: number): void {
  for (let time = from; time < to; time++) samples[time] = reader.readSigned(width);
}

function readFixed(reader: BitReader, samples: Int32Array, order: number, width: number): void {
  readWarmUp(reader, samples, order, width);
  readResidual(reader, samples, order);
  predict(samples, FIXED_COEFFICIENTS[order], 0);
}

function readLinear(reader: BitReader, samples: Int32Array, order: number, width: number): void {
  readWarmUp(reader, samples, order, width);
  const precision = reader.read(4) + 1;
  if (precision === 16) throw new SubframeError('a reserved coefficient precision');
  const shift = reader.readSigned(5);
  if (shift < 0) throw new SubframeError(`a prediction shift of ${shift}`);
  const coefficients = Array.from({ length: order }, () => reader.readSigned(precision));
  readResidual(reader, samples, order);
  if (width + precision + Math.ceil(Math.log2(order)) <= 32) predict(samples, coefficients, shift);
  else predictWide(samples, coefficients, shift);
}

function readWarmUp(reader: BitReader, samples: Int32Array, order: number, width: number): void {
  if (order > samples.length) throw new SubframeError(`a predictor of order ${order} in a block of ${samples.length}`);
  readVerbatim(reader, samples, 0, order, width);
}

function readResidual(reader: BitReader, samples: Int32Array, order: number): void {
  const method = reader.read(2);
  if (method > 1) throw new SubframeError(`the reserved residual coding ${method}`);
  const parameterBits = method === 0 ? 4 : 5;
  const escape = (1 << parameterBits) - 1;
  const partitions = 1 << reader.read(4);
  const partitionLength = samples.length / partitions;
  if (!Number.isInteger(partitionLength) || partitionLength < order) throw new SubframeError(`${partitions} partitions of a block of ${samples.length}`);
  for (let partition = 0; partition < partitions && !reader.overrun; partition++) {
    const from = partition === 0 ? order : partition * partitionLength;
    const to = (partition + 1) * partitionLength;
    const parameter = reader.read(parameterBits);
    if (parameter === escape) readVerbatim(reader, samples, from, to, reader.read(5));
    else reader.readRice(samples, from, to, parameter);
  }
}

/** samples[t] += (sum of coefficients[j] * samples[t - 1 - j]) >> shift, where every sum fits 32 bits. */
function predict(samples: Int32Array, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length;
  const taps = Int32Array.from(coefficients);
  for (let time = order; time < samples.length; time++) {
    let sum = 0;
    for (let tap = 0; tap < order; tap++) sum = (sum + Math.imul(taps[tap], samples[time - 1 - tap])) | 0;
    samples[time] += sum >> shift;
  }
}

/** The same where the sum needs up to 45 bits. */
function predictWide(samples: Int32Array, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length;
  const divisor = 2 ** shift;
  for (let time = order; time < samples.length; time++) {
    let sum = 0;
    for (let tap = 0; tap < order; tap++) sum += coefficients[tap] * samples[time - 1 - tap];
    samples[time] += Math.floor(sum / divisor);
  }
}
