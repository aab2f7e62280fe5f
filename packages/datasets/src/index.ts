/** Recordings, manifests, splits, augmentation and batches. File access is in `@bitvox/datasets/node`. */
export { type Clip, type DecodeOptions, duration, excerpt, toMono, toSample } from './audio/clip.ts';
export { decodeAudio } from './audio/decode.ts';
export { decodeFlac } from './audio/flac/flac.ts';
export { resample } from './audio/resample.ts';
export { decodeWav, encodeWav } from './audio/wav.ts';
export { augmentClip, type ClipAugmentation, mixNoise, type Range, scaleClip, shiftClip } from './augment/clip.ts';
export { type LevelScale, SPEC98X40_SCALE } from './augment/level.ts';
export { NoiseSource, rootMeanSquare } from './augment/noise.ts';
export { augmentSpectrogram, type Masks, shiftFrames, type SpectrogramAugmentation } from './augment/spectrogram.ts';
export { type Batch, batchCount, batches, type BatchOptions, fillBatch } from './batch/batches.ts';
export { epochOrder, type Order } from './batch/order.ts';
export { type CsvRow, formatCsv, parseCsv } from './corpus/csv.ts';
export {
  type AudioExample,
  type BadFileOptions,
  type Dataset,
  datasetOf,
  type Example,
  forLabels,
  holdOutSpeakers,
  type Loaded,
  loadExamples,
  ofSplit,
  type Skipped,
  type SpectrogramExample,
} from './corpus/dataset.ts';
export { canonicalLabel, labelIndex, orderLabels, type OtherWords, TWELVE_LABELS } from './corpus/labels.ts';
export { type FileSet, type ManifestOptions, readManifest } from './corpus/manifest.ts';
export { type ByteSource, sourceOfBlob, sourceOfBytes } from './corpus/source.ts';
export { officialSplit, parseSpeaker, parseSplit, type Split } from './corpus/split.ts';
export { openTar, type TarArchive, type TarMember } from './corpus/tar.ts';
export { DATASET_ERRORS, DatasetError, type DatasetErrorCode } from './errors.ts';
export { type ContainerFiles, type PictureRange, readContainer, type SpectrogramContainer } from './spectrogram/container.ts';
export { loadSpectrograms, type LoadSpectrogramsOptions } from './spectrogram/load.ts';
export { type Spectrogram, spectrogramAt, type SpectrogramSet } from './spectrogram/spectrogram.ts';
export { type ComposedStream, composeStream, type LabelledClip, type StreamEvent, type StreamRecipe } from './stream/compose.ts';
