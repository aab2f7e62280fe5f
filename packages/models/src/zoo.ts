/**
 * The zoo: trained models that come with the package, by name. Each has a card beside it with data, licence, recipe and figures.
 * An entry of its own, because bundlers take every file along that a URL here names.
 */

/** One trained model. */
export interface ZooEntry {
  /** What it is, in one line. */
  readonly summary: string;
  /** Name of its file in `zoo/`; the card has the same name and ends in `.md`. */
  readonly file: string;
}

/** The trained models by name: network, number of labels, bits of weights and activations. */
export const ZOO = {
  'dfsmn-12-w1a1': { summary: '1-bit DFSMN, ten words, unknown and silence', file: 'dfsmn-12-w1a1.bitvox' },
  'dfsmn-12-f32': { summary: 'the float twin of dfsmn-12-w1a1, for comparison', file: 'dfsmn-12-f32.bitvox' },
  'separable-12-f32': { summary: 'float separable network, ten words, unknown and silence', file: 'separable-12-f32.bitvox' },
} as const satisfies Readonly<Record<string, ZooEntry>>;

/** Name of a model in the zoo. */
export type ZooName = keyof typeof ZOO;

/** Where the file of a model lies: to be fetched in a page, read in Node. */
export function zooUrl(name: ZooName): URL {
  return new URL(`../zoo/${ZOO[name].file}`, import.meta.url);
}
