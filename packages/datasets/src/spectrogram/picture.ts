/** Grey baseline JPEG pictures by jpeg-js, which is loaded when first needed. */
import { DatasetError, reasonOf } from '../errors.ts';
import type { Spectrogram } from './spectrogram.ts';

/** Width and height that a picture may have; a larger one is damage. */
const LARGEST_SIDE = 1024;

/** Decodes one picture; throws where it is damaged. */
export type PictureDecoder = (bytes: Uint8Array, name?: string) => Spectrogram;

/** Loads the decoder. The decoder throws DatasetError DATASET_SPECTROGRAM. */
export async function loadPictureDecoder(): Promise<PictureDecoder> {
  const module = await import('jpeg-js');
  // Bundlers give the names directly, Node gives a CommonJS module as the default export.
  const decode = module.decode ?? (module as unknown as { default: typeof module }).default.decode;
  return (bytes, name) => {
    const [bands, frames] = pictureSize(bytes) ?? [0, 0];
    if (bands < 1 || frames < 1 || bands > LARGEST_SIDE || frames > LARGEST_SIDE)
      throw new DatasetError('DATASET_SPECTROGRAM', `a picture of ${frames} × ${bands}`, { file: name });
    let colours: Uint8Array;
    try {
      colours = decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, maxMemoryUsageInMB: 64 }).data;
    } catch (cause) {
      throw new DatasetError('DATASET_SPECTROGRAM', reasonOf(cause), { file: name, cause });
    }
    const pixels = new Uint8Array(frames * bands);
    if (colours.length !== pixels.length * 3)
      throw new DatasetError('DATASET_SPECTROGRAM', `${colours.length} values for ${frames} × ${bands} pixels`, { file: name });
    for (let index = 0; index < pixels.length; index++) pixels[index] = colours[index * 3];
    return { frames, bands, pixels };
  };
}

/** [width, height] of a JPEG file, from its baseline frame header. */
export function pictureSize(bytes: Uint8Array): [number, number] | undefined {
  for (let offset = 2; offset + 9 < bytes.length && bytes[offset] === 0xff;) {
    const length = bytes[offset + 2] * 256 + bytes[offset + 3];
    if (bytes[offset + 1] === 0xc0) return [bytes[offset + 7] * 256 + bytes[offset + 8], bytes[offset + 5] * 256 + bytes[offset + 6]];
    offset += 2 + length;
  }
  return undefined;
}
