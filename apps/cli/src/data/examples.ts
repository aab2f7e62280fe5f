/** Corpora as a sequence of what a session takes: samples of recordings, frames of spectrograms, one example in memory at a time. */
import { type Dataset, type Example, labelIndex, loadExamples, type OtherWords, resample } from '@bitvox/datasets';
import type { Corpus } from './corpora.ts';

/** One example. `label` is one of the labels that were asked for. */
export interface Heard {
  readonly id: string;
  readonly label: string;
  /** 16-bit samples of a recording, or 8-bit frames of a spectrogram. */
  readonly input: Int16Array | Uint8Array;
}

/** How examples are read. */
export interface HearOptions {
  readonly labels: readonly string[];
  readonly others: OtherWords;
  readonly onBadFile: 'skip' | 'fail';
  /** Of the samples. */
  readonly sampleRate: number;
}

/** Reads the examples one after the other. @throws DatasetError naming a bad file when that is fatal */
export async function* hearExamples(corpora: readonly Corpus[], options: HearOptions): AsyncGenerator<Heard, void, undefined> {
  for (const { dataset } of corpora) {
    for await (const { example, data } of loadExamples(dataset as Dataset<Example>, options)) {
      const index = labelIndex(example.label, options.labels, options.others);
      if (index === undefined) continue;
      const input = 'pixels' in data ? data.pixels : (await resample(data, options.sampleRate)).samples;
      yield { id: example.id, label: options.labels[index]!, input };
    }
  }
}
