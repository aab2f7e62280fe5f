import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FeatureError } from '../errors.ts';
import { floatFeatures } from './features.ts';
import type { FloatFrontEnd } from './front-end.ts';
import { type PresetName, PRESETS } from './presets.ts';

interface GoldenIndex {
  readonly clips: readonly { readonly id: string; readonly offset: number; readonly samples: number }[];
  readonly arrays: readonly {
    readonly preset: PresetName;
    readonly clip: string;
    readonly axes: readonly string[];
    readonly shape: readonly [number, number];
    readonly offset: number;
    readonly frames?: number;
  }[];
}

const read = (name: string): ArrayBuffer => new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url))).buffer;
const index = JSON.parse(new TextDecoder().decode(read('index.json'))) as GoldenIndex;
const values = new Float32Array(read('features.f32'));
const samples = new Int16Array(read('clips.i16'));
const clipOf = (id: string): Int16Array => {
  const clip = index.clips.find((entry) => entry.id === id);
  return clip === undefined ? new Int16Array(16000) : samples.slice(clip.offset, clip.offset + clip.samples);
};

/** The largest deviation in units of the tolerance of a float64 implementation. */
function deviation(got: Float64Array, wanted: (i: number) => number): number {
  return got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - wanted(i)) / (1e-6 + 1.2e-7 * Math.abs(wanted(i)))), 0);
}

describe('conventions of the literature', () => {
  test.each(index.arrays)('$preset of $clip', ({ preset, clip, axes, shape, offset, frames }) => {
    const features = floatFeatures(preset, clipOf(clip));
    expect(features.axes).toEqual(axes);
    const isFrameMajor = axes[0] === 'frame';
    expect([features.frames, features.bands]).toEqual(isFrameMajor ? shape : [shape[1], shape[0]]);
    const bandOf = (i: number): number => (isFrameMajor ? i % features.bands : Math.floor(i / features.frames));
    expect(deviation(features.data, (i) => values[offset + (frames === 1 ? bandOf(i) : i)])).toBeLessThan(1);
  });

  test('every preset is covered, by itself or by the stage before its padding', () => {
    const covered = new Set(index.arrays.map(({ preset }) => preset));
    const uncovered = Object.keys(PRESETS).filter((name) => !covered.has(name as PresetName));
    expect(uncovered.sort()).toEqual(['matchboxnet_mfcc', 'quartznet_logmel']);
  });

  test('MatchboxNet pads 101 frames to 128 after the transform, QuartzNet to a multiple of 16', () => {
    const clip = clipOf('gsc_left');
    for (const [paddedName, plainName, left, rows] of [
      ['matchboxnet_mfcc', 'nemo_mfcc', 13, 128],
      ['quartznet_logmel', 'quartznet_logmel_norm100', 0, 112],
    ] as const) {
      const [padded, plain] = [floatFeatures(paddedName, clip), floatFeatures(plainName, clip)];
      expect([padded.frames, plain.frames]).toEqual([rows, 101]);
      for (let band = 0; band < 64; band++) {
        for (let t = 0; t < rows; t++) {
          const inside = t >= left && t < left + 101;
          expect(padded.data[band * rows + t]).toBe(inside ? plain.data[band * 101 + t - left] : 0);
        }
      }
    }
  });
});

describe('frame counts', () => {
  test.each([
    ['tf_mfcc', 98],
    ['honk_mfcc', 101],
    ['kws_streaming_mfcc', 49],
    ['mlperf_tiny_mfcc', 49],
    ['bifsmn_logmel', 32],
  ] as const)('%s makes %i frames of one second', (preset, frames) => {
    expect(floatFeatures(preset, new Int16Array(16000).fill(1)).frames).toBe(frames);
  });

  test('clips of any length are accepted', () => {
    for (const length of [0, 1, 2, 100, 479, 480, 481]) {
      for (const preset of Object.keys(PRESETS) as PresetName[]) {
        const { data, frames, bands } = floatFeatures(preset, new Int16Array(length).fill(100));
        expect(data.length).toBe(frames * bands);
        expect(data.every(Number.isFinite)).toBe(true);
      }
    }
  });
});

test('float32 samples of -1..1 and int16 samples give the same features', () => {
  const clip = clipOf('gsc_left').subarray(4000, 9000);
  for (const preset of ['nemo_mfcc', 'kaldi_fbank40', 'mlperf_tiny_mfcc'] as const) {
    expect(
      floatFeatures(
        preset,
        Float32Array.from(clip, (sample) => sample / 32768),
      ),
    ).toEqual(floatFeatures(preset, clip));
  }
});

test('a front end of one’s own: a tone lands in its band', () => {
  const own: FloatFrontEnd = { ...PRESETS.lfbe20, fft: 1000, window: { kind: 'hamming-periodic', length: 700 }, mel: { ...PRESETS.lfbe20.mel, bands: 10 } };
  const tone = Float32Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / 16000));
  const { data, bands } = floatFeatures(own, tone);
  const frame = Array.from(data.subarray(0, bands));
  expect(frame.indexOf(Math.max(...frame))).toBe(3);
});

test('errors name what was got', () => {
  const code = (body: () => unknown): string => {
    try {
      body();
    } catch (error) {
      if (error instanceof FeatureError) return error.code;
    }
    return 'none';
  };
  expect(code(() => floatFeatures('mfcc' as PresetName, new Int16Array(1)))).toBe('FEATURE_UNKNOWN_PRESET');
  expect(code(() => floatFeatures('toString' as PresetName, new Int16Array(1)))).toBe('FEATURE_UNKNOWN_PRESET');
  expect(code(() => floatFeatures('tf_mfcc', [1, 2] as unknown as Int16Array))).toBe('FEATURE_SAMPLES');
});
