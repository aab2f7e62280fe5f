/**
 * What lies on disk of a training: whether it is finished, can be resumed or has to be begun, and how it went.
 * Invariant: a run counts only if every setting of the plan is that of the training, so that one which was trained by hand is as good as another.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeModel, type Model } from '@bitvox/graph';
import type { Curve } from '@bitvox/checks';
import { isDeepStrictEqual } from 'node:util';
import { type Method, modelFileOf, type Run, runFolderOf, type Settings } from './plan.ts';

/** How far a run is. `foreign` was trained with other settings, which `differing` names. */
export type RunState = { readonly state: 'missing' | 'begun' | 'finished' } | { readonly state: 'foreign'; readonly differing: readonly string[] };

const isObject = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names of the settings that are not as planned. Settings that the plan leaves out have their defaults, which are not looked at. */
export function differingSettings(planned: Settings, actual: Settings, prefix = ''): readonly string[] {
  return Object.entries(planned).flatMap(([name, value]) => {
    const other = actual[name];
    if (isObject(value) && isObject(other)) return differingSettings(value, other, `${prefix}${name}.`);
    return isDeepStrictEqual(value, other) ? [] : [`${prefix}${name}`];
  });
}

/** The file that a run is scored by: what is deployed, or where that does not exist the floats of the training. */
export function scoredFileOf(folder: string, { id }: Run, { scoredBy }: Method): string {
  return scoredBy === 'runtime' ? join(folder, modelFileOf(id)) : join(folder, runFolderOf(id), 'trained.bitvox');
}

const configOf = (model: Model): Settings => (model.training as { config?: Settings }).config ?? {};

/** Looks at the files of a run. */
export function stateOf(folder: string, run: Run, method: Method): RunState {
  const inRun = (name: string): string => join(folder, runFolderOf(run.id), name);
  const settingsFrom = (): { state: 'begun' | 'finished'; settings: Settings } | undefined => {
    const scored = scoredFileOf(folder, run, method);
    if (existsSync(inRun('trained.bitvox')) && existsSync(scored)) return { state: 'finished', settings: configOf(decodeModel(readFileSync(scored))) };
    if (!existsSync(inRun('checkpoint')) || !existsSync(inRun('config.json'))) return undefined;
    return { state: 'begun', settings: (JSON.parse(readFileSync(inRun('config.json'), 'utf8')) as { config: Settings }).config };
  };
  const found = settingsFrom();
  if (found === undefined) return { state: 'missing' };
  const differing = differingSettings(run.settings, found.settings);
  return differing.length > 0 ? { state: 'foreign', differing } : { state: found.state };
}

interface Event {
  readonly type: string;
  readonly epoch?: number;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly seconds?: number;
  readonly thinner?: readonly { readonly level: string; readonly accuracy: number }[];
}

/**
 * How a run went, from its events: a resumed run has events of an epoch twice, of which the last ones count.
 * @param events lines of `events.jsonl`
 */
export function curveOf(run: Run, { what, epochs }: Method, events: string): Curve {
  const parsed = events
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);
  const byEpoch = (type: string): readonly Event[] => {
    const last = new Map(parsed.filter((event) => event.type === type).map((event) => [event.epoch!, event] as const));
    return [...last].toSorted(([a], [b]) => a - b).map(([, event]) => event);
  };
  const trained = byEpoch('epoch');
  const validation: Record<string, number[]> = {};
  for (const { accuracy, thinner = [] } of byEpoch('validation')) {
    for (const measured of [{ level: '1x', accuracy: accuracy! }, ...thinner]) (validation[measured.level] ??= []).push(percent(measured.accuracy));
  }
  return {
    id: run.id,
    what,
    epochs,
    seconds: Math.round(trained.reduce((sum, { seconds }) => sum + seconds!, 0)),
    loss: trained.map(({ loss }) => Number(loss!.toFixed(4))),
    validation,
    settings: run.settings as Curve['settings'],
  };
}

/** A share as a percentage with two digits. */
export const percent = (share: number): number => Number((100 * share).toFixed(2));
