/** Measures every finished run of a plan: test sets, costs, learning curves. What is not finished is named, never guessed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Curve } from '@bitvox/checks';
import { decodeModel } from '@bitvox/graph';
import { type Costs, costsOf, type Timing } from './costs.ts';
import { evaluationOf } from './evaluation.ts';
import { modelFileOf, type Plan, type Run, runFolderOf } from './plan.ts';
import type { Measurement } from './rows.ts';
import { curveOf, scoredFileOf, stateOf } from './run-files.ts';
import type { TestData } from './test-sets.ts';

/** What was measured, and what could not be. */
export interface Measured {
  readonly measurements: readonly Measurement[];
  readonly curves: readonly Curve[];
  /** Ids of runs that are not finished, with what is known of them. */
  readonly unfinished: readonly string[];
}

/** Where and how to measure. */
export interface MeasureOptions {
  readonly plan: Plan;
  /** Folder of runs. */
  readonly folder: string;
  readonly data: TestData;
  /** `null` for no times. */
  readonly timing: Timing | null;
  /** Told about every run before it is measured. */
  readonly onRun?: (run: Run) => void;
}

/** Measures what is finished. @throws Error when executors disagree on a clip, naming run and level */
export async function measureRuns({ plan, folder, data, timing, onRun }: MeasureOptions): Promise<Measured> {
  const measurements: Measurement[] = [];
  const curves: Curve[] = [];
  const unfinished: string[] = [];
  const costsByMethod = new Map<string, Costs>();
  for (const run of plan.runs) {
    const method = plan.methods[run.method]!;
    const found = stateOf(folder, run, method);
    if (found.state !== 'finished') {
      unfinished.push(found.state === 'foreign' ? `${run.id} (trained with other settings of ${found.differing.join(', ')})` : run.id);
      continue;
    }
    onRun?.(run);
    const path = scoredFileOf(folder, run, method);
    const file = readFileSync(path);
    const model = decodeModel(file);
    const evaluation = await evaluationOf(path, { scoredBy: method.scoredBy, data, compareEvery: run.compareEvery });
    for (const [level, sets] of Object.entries(evaluation)) {
      for (const [set, { differing }] of Object.entries(sets)) {
        if (differing > 0) throw new Error(`the executors disagree on ${differing} clips of ${set} in ${run.id} at ${level}`);
      }
    }
    const twin = decodeModel(readFileSync(join(folder, modelFileOf(run.twin ?? run.id))));
    // Networks of one method cost the same whatever their seed.
    const costs = costsByMethod.get(run.method) ?? (await costsOf(model, method.scoredBy, twin, timing));
    costsByMethod.set(run.method, costs);
    const fileBytes = method.scoredBy === 'runtime' ? file.length : null;
    measurements.push({ run, evaluation, costs, fileBytes, clips: (model.training as { clips: number }).clips });
    const events = join(folder, runFolderOf(run.id), 'events.jsonl');
    if (existsSync(events)) curves.push(curveOf(run, method, readFileSync(events, 'utf8')));
  }
  return { measurements, curves, unfinished };
}
