/** Conversion of sample rates by libsamplerate (band-limited sinc interpolation), which is loaded when first needed. */
import { DatasetError, reasonOf } from '../errors.ts';
import { type Clip, toSample } from './clip.ts';

/** Of libsamplerate's converters the two worth having: 121 dB and 97 dB of signal to noise. */
const CONVERTERS = { best: 0, fast: 2 } as const;

/** Zeros behind a clip, in samples of the lower rate; longer than half the longest filter. */
const FILTER_TAIL = 512;

/**
 * The clip at another sample rate, exactly `round(length * rate / clip.sampleRate)` samples long. At the same rate the samples are not copied.
 *
 * @param rate Hz
 * @param quality `'best'` (default) or `'fast'`
 * @throws DatasetError DATASET_RESAMPLE
 */
export async function resample(clip: Clip, rate: number, quality: keyof typeof CONVERTERS = 'best'): Promise<Clip> {
  const ratio = rate / clip.sampleRate;
  if (!Number.isInteger(rate) || rate < 1 || !(ratio <= 256 && ratio >= 1 / 256))
    throw new DatasetError('DATASET_RESAMPLE', `${clip.sampleRate} Hz to ${rate} Hz`);
  if (rate === clip.sampleRate || clip.samples.length === 0) return { sampleRate: rate, samples: clip.samples };
  const module = await import('@alexanderolsen/libsamplerate-js');
  // Bundlers give the names directly, Node gives a CommonJS module as the default export.
  const create = module.create ?? (module as unknown as { default: typeof module }).default.create;
  try {
    const converter = await create(1, clip.sampleRate, rate, { converterType: CONVERTERS[quality] });
    try {
      // The converter keeps back what its filter still needs, so zeros follow the clip and the result is cut to its length.
      const values = new Float32Array(clip.samples.length + Math.ceil(FILTER_TAIL * Math.max(1, 1 / ratio)));
      for (let index = 0; index < clip.samples.length; index++) values[index] = clip.samples[index] / 32768;
      const converted = converter.simple(values);
      const samples = new Int16Array(Math.round(clip.samples.length * ratio));
      for (let index = 0; index < samples.length; index++) samples[index] = toSample(converted[index] * 32768);
      return { sampleRate: rate, samples };
    } finally {
      converter.destroy();
    }
  } catch (cause) {
    throw new DatasetError('DATASET_RESAMPLE', reasonOf(cause), { cause });
  }
}
