/** Spectrograms as 8-bit pictures: one row a frame, one column a band, 0 = silence. */

/** `pixels` is [frames][bands], bands contiguous. */
export interface Spectrogram {
  readonly frames: number;
  readonly bands: number;
  readonly pixels: Uint8Array;
}

/** Many spectrograms of one shape with the index of their label. `pixels` is [count][frames][bands]. */
export interface SpectrogramSet {
  readonly labelNames: readonly string[];
  readonly count: number;
  readonly frames: number;
  readonly bands: number;
  readonly pixels: Uint8Array;
  /** Index into `labelNames`, one an example. */
  readonly labels: Uint8Array;
}

/** The spectrogram at an index of a set; a view, not a copy. */
export function spectrogramAt(set: SpectrogramSet, index: number): Spectrogram {
  const size = set.frames * set.bands;
  return { frames: set.frames, bands: set.bands, pixels: set.pixels.subarray(index * size, (index + 1) * size) };
}
