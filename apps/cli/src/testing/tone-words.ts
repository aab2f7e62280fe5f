/** A folder of words for tests: tones of three pitches and silence, a second each, several speakers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '@bitvox/datasets';
import { Random } from '@bitvox/ternary-prng';

const PITCHES: Readonly<Record<string, number>> = { low: 300, middle: 900, high: 2400, silence: 0 };

/** Labels of the folder, in the order in which commands put them. */
export const TONE_LABELS = ['silence', 'high', 'low', 'middle'] as const;

/** One second of a word. */
export function toneClip(label: string, seed: number): Int16Array {
  const random = new Random(seed, label);
  const pitch = PITCHES[label]! * (0.95 + 0.1 * random.uniform());
  const start = 3000 + random.below(2000);
  return Int16Array.from({ length: 16_000 }, (_, n) => {
    const noise = 20 * random.normal();
    return n < start || n > start + 8000 || pitch === 0 ? noise : noise + 6000 * Math.sin((2 * Math.PI * pitch * n) / 16_000);
  });
}

/** Writes `clips` recordings a word. */
export async function writeToneWords(folder: string, clips: number): Promise<void> {
  for (const label of Object.keys(PITCHES)) {
    await mkdir(join(folder, label), { recursive: true });
    for (let clip = 0; clip < clips; clip++)
      await writeFile(join(folder, label, `speaker${clip}.wav`), encodeWav({ sampleRate: 16_000, samples: toneClip(label, clip) }));
  }
}
