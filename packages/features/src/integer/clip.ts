/**
 * Pictures of fixed length out of clips of one second or less: zeros at the end are cut off, the n frames of the rest start at
 * row floor((rows - n) / 2), the other rows are 0. The 98 x 40 pictures of Speech Commands are made this way.
 */
import { withoutTrailingZeros } from '../trailing-zeros.ts';
import { SPEC98X40 } from './config.ts';
import { clipFeatures, type IntegerFeatures, type IntegerFrontEnd, integerFrontEnd } from './front-end.ts';

/**
 * Puts frames in the middle of a picture of `rows` rows; of a clip with more frames the middle `rows` are kept.
 * @returns [rows][features.bands]
 */
export function centreFrames(features: IntegerFeatures, rows: number): Uint8Array {
  const { frames, bands, data } = features;
  const first = Math.floor((rows - frames) / 2);
  const picture = new Uint8Array(rows * bands);
  if (first >= 0) picture.set(data, first * bands);
  else picture.set(data.subarray(-first * bands, (rows - first) * bands));
  return picture;
}

/**
 * Makes the function that turns clips into pictures with one front end.
 * @param rows frames of the picture
 */
export function clipPictures(frontEnd: IntegerFrontEnd, rows: number): (samples: Int16Array) => Uint8Array {
  return (samples) => centreFrames(clipFeatures(frontEnd, withoutTrailingZeros(samples)), rows);
}

let shared: ((samples: Int16Array) => Uint8Array) | undefined;

/**
 * The 98 x 40 picture of a clip of 16 kHz samples, as the integer front end computes it.
 * @returns 98 * 40 values, [frame][band]
 */
export function spec98x40Clip(samples: Int16Array): Uint8Array {
  shared ??= clipPictures(integerFrontEnd(SPEC98X40), 98);
  return shared(samples);
}
