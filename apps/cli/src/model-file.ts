/** Model files on disk. */
import { readFile } from 'node:fs/promises';
import { decodeModel, type Model } from '@bitvox/graph';

/** A model with the size of its file. */
export interface LoadedModel {
  readonly model: Model;
  readonly bytes: number;
}

/** @throws GraphError for a file that is no model, CliError `CLI_FILE` for one that cannot be read */
export async function loadModel(path: string): Promise<LoadedModel> {
  const file = await readFile(path);
  return { model: decodeModel(file), bytes: file.length };
}
