/**
 * The conventions of the published front ends, by name. Data only, so a command line or a page can list them.
 * The names ending in `_raw`, `_norm100` … are stages or versions of one code base; see `source`.
 */
import type { MelOptions } from '../mel.ts';
import type { FloatFrontEnd } from './front-end.ts';

const torchMel = (bands: number): MelOptions => ({ bands, low: 0, high: 8000, scale: 'htk', slope: 'hertz', norm: 'none' });
const tensorFlowMel = (high: number, firstBin: number): MelOptions => ({ bands: 40, low: 20, high, scale: 'htk', slope: 'mel', norm: 'none', firstBin });
const kaldiMel = (bands: number): MelOptions => ({ bands, low: 20, high: 8000, scale: 'htk', slope: 'mel', norm: 'none', lastBin: 255 });

const NEMO_MFCC: FloatFrontEnd = {
  source: 'NVIDIA NeMo, MatchboxNet: torchaudio MFCC, before the padding to 128 frames',
  sampleRate: 16000,
  sampleScale: 'unit',
  padding: 'reflect',
  window: { kind: 'hann-periodic', length: 400 },
  hop: 160,
  fft: 512,
  spectrum: 'power',
  mel: torchMel(64),
  compression: { kind: 'log-add', bias: 1e-6 },
  cepstrum: { coefficients: 64, scaling: 'orthonormal' },
  major: 'band',
};

const QUARTZNET: FloatFrontEnd = {
  source: 'NVIDIA NeMo, QuartzNet, before normalisation; padded with zeros (current releases)',
  sampleRate: 16000,
  sampleScale: 'unit',
  signalPreemphasis: 0.97,
  padding: 'zeros',
  window: { kind: 'hann-symmetric', length: 320 },
  hop: 160,
  fft: 512,
  spectrum: 'power',
  mel: { bands: 64, low: 0, high: 8000, scale: 'slaney', slope: 'hertz', norm: 'area' },
  compression: { kind: 'log-add', bias: 2 ** -24 },
  major: 'band',
};

const KALDI_FBANK: FloatFrontEnd = {
  source: 'Kaldi fbank of 40 bands, no dither',
  sampleRate: 16000,
  sampleScale: 'int16',
  padding: 'none',
  window: { kind: 'povey', length: 400 },
  hop: 160,
  fft: 512,
  removeFrameMean: true,
  framePreemphasis: 0.97,
  spectrum: 'power',
  mel: kaldiMel(40),
  compression: { kind: 'log-floor', floor: 2 ** -23 },
  major: 'frame',
};

const KALDI_MFCC: FloatFrontEnd = {
  ...KALDI_FBANK,
  source: 'Kaldi MFCC of 13 coefficients with c0 (--use-energy=false), no dither',
  mel: kaldiMel(23),
  cepstrum: { coefficients: 13, scaling: 'orthonormal', lifter: 22 },
};

const TENSORFLOW_MFCC: FloatFrontEnd = {
  source: 'TensorFlow speech_commands: AudioSpectrogram and Mfcc operators',
  sampleRate: 16000,
  sampleScale: 'unit',
  padding: 'none',
  window: { kind: 'hann-periodic', length: 480 },
  hop: 160,
  fft: 512,
  spectrum: 'magnitude',
  // The Mfcc operator starts at bin trunc(1.5 + low / bin width) = 2; linear_to_mel_weight_matrix starts at 1.
  mel: tensorFlowMel(4000, 2),
  compression: { kind: 'log-floor', floor: 1e-12 },
  cepstrum: { coefficients: 40, scaling: 'uniform' },
  major: 'frame',
};

/** Named float front ends: the conventions that published keyword spotters and recognisers were trained with. */
export const PRESETS = {
  bifsmn_logmel: {
    source: 'BiFSMN: torchaudio MelSpectrogram(normalized) and AmplitudeToDB',
    sampleRate: 16000,
    sampleScale: 'unit',
    padding: 'reflect',
    window: { kind: 'hann-periodic', length: 2048 },
    hop: 512,
    fft: 2048,
    spectrum: 'power-per-window',
    mel: torchMel(32),
    compression: { kind: 'decibel', floor: 1e-10 },
    major: 'band',
  },
  nemo_mfcc: NEMO_MFCC,
  matchboxnet_mfcc: {
    ...NEMO_MFCC,
    source: 'NVIDIA NeMo, MatchboxNet: nemo_mfcc with 13 zero frames before it and 14 after it (128 frames of a one-second clip)',
    placement: { kind: 'pad', left: 13, right: 14 },
  },
  honk_mfcc: {
    source: 'Honk and TinySpeech: librosa mel spectrogram, logarithm of positive values, orthonormal DCT',
    sampleRate: 16000,
    sampleScale: 'unit',
    padding: 'reflect',
    window: { kind: 'hann-periodic', length: 480 },
    hop: 160,
    fft: 480,
    spectrum: 'power',
    mel: { bands: 40, low: 20, high: 4000, scale: 'slaney', slope: 'hertz', norm: 'area' },
    compression: { kind: 'log-positive' },
    cepstrum: { coefficients: 40, scaling: 'orthonormal' },
    major: 'band',
  },
  tf_mfcc: TENSORFLOW_MFCC,
  kws_streaming_mfcc: {
    ...TENSORFLOW_MFCC,
    source: 'google-research kws_streaming, default parameters',
    window: { kind: 'hann-periodic', length: 640 },
    hop: 320,
    fft: 1024,
    mel: tensorFlowMel(7000, 1),
    cepstrum: { coefficients: 20, scaling: 'uniform' },
  },
  mlperf_tiny_mfcc: {
    ...TENSORFLOW_MFCC,
    source: 'MLPerf Tiny keyword spotting',
    sampleScale: 'peak',
    hop: 320,
    mel: tensorFlowMel(4000, 1),
    compression: { kind: 'log-add', bias: 1e-6 },
    cepstrum: { coefficients: 10, scaling: 'uniform' },
  },
  quartznet_logmel_raw: QUARTZNET,
  quartznet_logmel_raw_reflect: {
    ...QUARTZNET,
    source: 'NVIDIA NeMo, QuartzNet, before normalisation; padded by reflection (older releases)',
    padding: 'reflect',
  },
  quartznet_logmel_norm101: { ...QUARTZNET, source: 'NVIDIA NeMo, QuartzNet, normalised over all frames (older releases)', normalisation: 'all-frames' },
  quartznet_logmel_norm100: {
    ...QUARTZNET,
    source: 'NVIDIA NeMo, QuartzNet, normalised over floor(N / hop) frames (current releases)',
    normalisation: 'whole-hops',
  },
  quartznet_logmel: {
    ...QUARTZNET,
    source: 'NVIDIA NeMo, QuartzNet: quartznet_logmel_norm100 with zero frames after it up to a multiple of 16',
    normalisation: 'whole-hops',
    placement: { kind: 'multiple', of: 16 },
  },
  lfbe20: {
    source: 'Sub-8-bit quantisation paper: 20 bands, 25 ms, 10 ms; the details it leaves open are a choice',
    sampleRate: 16000,
    sampleScale: 'unit',
    padding: 'none',
    window: { kind: 'hann-periodic', length: 400 },
    hop: 160,
    fft: 512,
    spectrum: 'power',
    mel: torchMel(20),
    compression: { kind: 'log-floor', floor: 1e-10 },
    major: 'frame',
  },
  kaldi_fbank40: KALDI_FBANK,
  kaldi_mfcc13: KALDI_MFCC,
  kaldi_mfcc13_energy: {
    ...KALDI_MFCC,
    source: 'Kaldi MFCC of 13 coefficients, coefficient 0 = log energy (the default), no dither',
    cepstrum: { coefficients: 13, scaling: 'orthonormal', lifter: 22, energyFloor: 2 ** -23 },
  },
  spec98x40: {
    source: 'The 98 x 40 pictures of Speech Commands; the float twin of the integer front end SPEC98X40',
    sampleRate: 16000,
    sampleScale: 'int16',
    padding: 'none',
    window: { kind: 'hann-midpoint', length: 480 },
    hop: 160,
    fft: 512,
    spectrum: 'power',
    mel: { bands: 40, low: 0, high: 4000, scale: 'htk', slope: 'mel', norm: 'none' },
    compression: { kind: 'log1p-sqrt', scale: 20.29, gain: 0.0728, offset: -11.32, minimum: 0, maximum: 255 },
    placement: { kind: 'centre', frames: 98 },
    major: 'frame',
  },
} as const satisfies Record<string, FloatFrontEnd>;

/** The name of a float front end. */
export type PresetName = keyof typeof PRESETS;
