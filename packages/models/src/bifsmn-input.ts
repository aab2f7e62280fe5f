/** Pictures that BiFSMN reads, and the geometry of its two convolutions that makes 8 rows and 8 frames of them. */

/** Rows and frames of padding. */
export type Padding = readonly [top: number, bottom: number, left: number, right: number];

/** The pictures by frames and bands. */
export const BIFSMN_INPUTS = {
  /** The papers': 32 mel bands, 32 frames of 32 ms. */
  '32x32': { bands: 32, frames: 32, kernel: [5, 5], stride: [2, 2], padding: [2, 2, 2, 2], next: [2, 2, 2, 2] },
  /**
   * `SPEC98X40` of the features package. A frame of the network is 120 ms instead of 128 ms; the first layer has 2.75 times the multiply-accumulates
   * of the papers', all others have as many.
   */
  '98x40': { bands: 40, frames: 98, kernel: [5, 11], stride: [2, 6], padding: [2, 2, 3, 3], next: [0, 0, 2, 2] },
} as const satisfies Readonly<Record<string, BifsmnInput>>;

/** A picture, and the geometry of the convolutions on it. */
export interface BifsmnInput {
  readonly bands: number;
  readonly frames: number;
  /** Rows and frames of the first convolution. */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  /** Padding of the second convolution, 5 x 5 of stride 2. */
  readonly next: Padding;
}
