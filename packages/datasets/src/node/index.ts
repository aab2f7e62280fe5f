/** Datasets on disk. */
export { loadSpectrogramsCached, type CachedSpectrogramsOptions } from './cache.ts';
export { filesOfFolder, filesOfTar, openTarFile, sourceOfFile, withFile } from './file-source.ts';
export { type MiniCorpus, openMiniCorpus } from './mini-corpus.ts';
export { openContainer, openDataset, type OpenedDataset, openFolder, openManifest, openNoise } from './open.ts';
