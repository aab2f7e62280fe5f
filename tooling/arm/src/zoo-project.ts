/** The trained 1-bit network of the zoo as a project, with three real recordings as golden vectors. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { armProject, type ArmOptions, type ArmProject, type GoldenClip } from '@bitvox/arm';
import { openMiniCorpus } from '@bitvox/datasets/node';
import { decodeModel, type Model } from '@bitvox/graph';
import { zooUrl } from '@bitvox/models/zoo';

const CORPUS = fileURLToPath(new URL('../../../data/mini-corpus', import.meta.url));

/** Recordings of three words. */
export async function goldenClips(): Promise<readonly GoldenClip[]> {
  const { evaluation } = await openMiniCorpus(CORPUS);
  return Promise.all(
    ['yes', 'stop', 'left'].map(async (word) => {
      const example = evaluation.examples.find(({ label }) => label === word)!;
      return { name: `${word}, ${example.id}`, samples: (await example.load()).samples };
    }),
  );
}

/** The 1-bit DFSMN. */
async function zooModel(): Promise<Model> {
  return decodeModel(await readFile(zooUrl('dfsmn-12-w1a1')));
}

let parts: Promise<readonly [Model, readonly GoldenClip[]]> | undefined;

/** The project of the 1-bit DFSMN. */
export async function zooProject(options: Omit<ArmOptions, 'clips'>): Promise<ArmProject> {
  parts ??= Promise.all([zooModel(), goldenClips()]);
  const [model, clips] = await parts;
  return armProject(model, { ...options, clips });
}
