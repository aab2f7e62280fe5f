/** Models by file name, or by name out of the zoo that comes with bitvox (`zoo:NAME`). */
import { readFile } from 'node:fs/promises';
import { decodeModel, levelsOf, type Model, modelAtLevel } from '@bitvox/graph';
import { ZOO, type ZooName, zooUrl } from '@bitvox/models/zoo';
import { CliError } from './errors.ts';
import { choiceOption } from './options.ts';

/** A model with the size of its file. */
export interface LoadedModel {
  readonly model: Model;
  readonly bytes: number;
}

/** What a MODEL argument may be, for the help of commands. */
export const MODEL_ARGUMENT = {
  name: 'MODEL',
  description: `A file that \`bitvox train\` wrote, or a trained one: ${Object.keys(ZOO)
    .map((name) => `zoo:${name}`)
    .join(', ')}`,
} as const;

/** The option of commands that run a model. */
export const LEVEL_OPTION = {
  type: 'string',
  description: 'How much of a network that can be thinned is run, such as 0.5x; `bitvox inspect` lists the levels (default: all of it)',
  valueHint: 'NAME',
} as const;

const ZOO_PREFIX = 'zoo:';

function fileOf(model: string): string | URL {
  if (!model.startsWith(ZOO_PREFIX)) return model;
  const name = model.slice(ZOO_PREFIX.length);
  if (!Object.hasOwn(ZOO, name)) throw new CliError('CLI_MODEL', `"${name}" is not in the zoo; known are ${Object.keys(ZOO).join(', ')}.`);
  return zooUrl(name as ZooName);
}

/**
 * Reads a model, at a level if one is named.
 * @throws GraphError for a file that is no model, CliError `CLI_FILE` for one that cannot be read, `CLI_MODEL` for an unknown name, `CLI_OPTION` for an unknown level
 */
export async function loadModel(path: string, level?: string): Promise<LoadedModel> {
  const file = await readFile(fileOf(path));
  const model = decodeModel(file);
  if (level === undefined) return { model, bytes: file.length };
  const names = levelsOf(model).map(({ name }) => name);
  return { model: modelAtLevel(model, choiceOption('level', level, names)), bytes: file.length };
}
