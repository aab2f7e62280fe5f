/** Trains the runs that are not finished, through `bitvox train`: each in a process of its own, a student after its twin. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { modelFileOf, type Plan, type Run, runFolderOf } from './plan.ts';
import { type RunState, stateOf } from './run-files.ts';

/** Trains one run in the folder of runs, or goes on with it; resolves to the exit code. */
export type Train = (run: Run, folder: string, isBegun: boolean) => Promise<number>;

/**
 * Trains by the command line of this repository. Paths are relative to the folder of runs, so that models do not remember the machine.
 * @param program `main.js` of the command line
 * @param spectrograms container to train on
 */
export function trainByCommand(program: string, spectrograms: string, { labels }: Plan): Train {
  return ({ id, settings }, folder, isBegun) => {
    writeFileSync(join(folder, `${id}.json`), `${JSON.stringify(settings, null, 2)}\n`);
    const data = relative(folder, resolve(spectrograms));
    const files = ['--config', `${id}.json`, '--out', modelFileOf(id), '--run', runFolderOf(id)];
    const parameters = [program, 'train', data, ...files, '--labels', labels.join(','), '--threads', '1', ...(isBegun ? ['--resume'] : [])];
    const child = spawn(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    return new Promise((done, fail) => child.once('error', fail).once('close', (code) => done(code ?? 130)));
  };
}

/** What to train, and how. */
export interface TrainingOptions {
  readonly plan: Plan;
  /** In the order of the plan. */
  readonly runs: readonly Run[];
  readonly folder: string;
  readonly train: Train;
  /** Trainings at a time. */
  readonly jobs: number;
  /** Told about every run as it begins. */
  readonly onStart?: (run: Run) => void;
}

/**
 * Trains what is missing and goes on with what was interrupted.
 * @throws Error when a training ends without its files, or where a file was trained with other settings
 */
export async function trainRuns({ plan, runs, folder, train, jobs, onStart }: TrainingOptions): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const look = (run: Run): RunState => stateOf(folder, run, plan.methods[run.method]!);
  const running = new Map<string, Promise<void>>();
  const trainOne = async (run: Run): Promise<void> => {
    const found = look(run);
    if (found.state === 'finished') return;
    if (found.state === 'foreign')
      throw new Error(`${join(folder, modelFileOf(run.id))} was trained with other settings of ${found.differing.join(', ')}; move it away`);
    onStart?.(run);
    const code = await train(run, folder, found.state === 'begun');
    // What has no deployed form ends with an error after the floats were kept; the files tell.
    if (look(run).state !== 'finished') throw new Error(`the training of ${run.id} ended with exit code ${code}; run again to go on`);
  };
  let free = jobs;
  const waiting: (() => void)[] = [];
  const failures: unknown[] = [];
  const inTurn = async (run: Run): Promise<void> => {
    await running.get(run.twin ?? '');
    if (free === 0) await new Promise<void>((go) => waiting.push(go));
    else free--;
    // After a failure, or an interrupt, nothing new is begun; what runs is waited for.
    if (failures.length === 0) await trainOne(run).catch((error: unknown) => failures.push(error));
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  for (const run of runs) running.set(run.id, inTurn(run));
  await Promise.all(running.values());
  if (failures.length > 0) throw failures[0];
}
