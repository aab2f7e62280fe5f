/**
 * A run folder: what a training did and how to go on. `config.json`, `events.jsonl` (one event a line), `checkpoint` (the newest), at the end
 * `trained.bitvox`, the floats before they were frozen: what another training can start from or learn from.
 * Invariant: files appear whole (written under another name, then renamed), except the events, which are appended.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type TrainingEvent } from '@bitvox/quant-training';
import { CliError } from '../errors.ts';
import type { TrainingConfig } from './config.ts';

/** Writes a file under a temporary name and renames it. */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What a run was started with: the config and the data it was given. */
export interface RunStart {
  readonly config: TrainingConfig;
  readonly data: readonly string[];
}

/** The folder of one training. */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Starts anew: forgets events and checkpoint of an earlier run. */
  async start(start: RunStart): Promise<void> {
    await rm(join(this.path, 'events.jsonl'), { force: true });
    await rm(join(this.path, 'checkpoint'), { force: true });
    await writeWhole(join(this.path, 'config.json'), `${JSON.stringify(start, null, 2)}\n`);
  }

  /** Keeps the floats of a finished training. */
  async keep(trained: Uint8Array): Promise<void> {
    await writeWhole(join(this.path, 'trained.bitvox'), trained);
  }

  /** The newest checkpoint. @throws CliError `CLI_RESUME` where there is none or the settings differ */
  async resume(start: RunStart): Promise<Checkpoint> {
    const stored = await readFile(join(this.path, 'config.json'), 'utf8').catch(() => undefined);
    const checkpoint = await readFile(join(this.path, 'checkpoint')).catch(() => undefined);
    if (stored === undefined || checkpoint === undefined) throw new CliError('CLI_RESUME', `there is no checkpoint in ${this.path}.`);
    const before = JSON.parse(stored) as RunStart;
    const now = JSON.parse(JSON.stringify(start)) as RunStart;
    const changed = [...new Set([...Object.keys(before.config), ...Object.keys(now.config)])].filter(
      (key) => JSON.stringify(before.config[key as keyof TrainingConfig]) !== JSON.stringify(now.config[key as keyof TrainingConfig]),
    );
    if (JSON.stringify(before.data) !== JSON.stringify(now.data)) changed.push('data');
    if (changed.length > 0) throw new CliError('CLI_RESUME', `the run in ${this.path} was started with other settings of ${changed.join(', ')}.`);
    return decodeCheckpoint(checkpoint);
  }

  /** Appends an event; checkpoints and tensors are kept apart or not at all. */
  async record(event: TrainingEvent): Promise<void> {
    if (event.type === 'checkpoint' || event.type === 'stopped') await writeWhole(join(this.path, 'checkpoint'), encodeCheckpoint(event.checkpoint));
    const { type } = event;
    const line =
      type === 'checkpoint' || type === 'stopped'
        ? { type, position: event.checkpoint.position }
        : type === 'done'
          ? { type, epoch: event.epoch, accuracy: event.accuracy, steps: event.steps }
          : event;
    if (type !== 'step') await appendFile(join(this.path, 'events.jsonl'), `${JSON.stringify(line)}\n`);
  }
}
