/**
 * The rows of `results/bifsmn.json`, out of what was measured of every finished run. Pure.
 *
 * `drop = mean over seeds (accuracy of the twin of that seed - accuracy)` in points, on the same clips; `storage = bytes of the twin / bytes`, files with the
 * full network alone; `speed = time of the full twin in onnxruntime-web / time`. A figure stands for the seeds that are finished, which its note lists.
 */
import type { ResultRow } from '@bitvox/checks';
import { PEER } from '../inference.ts';
import type { Costs, LevelCosts } from './costs.ts';
import type { Evaluation } from './evaluation.ts';
import { type Method, type Plan, type Run, TWIN_METHOD } from './plan.ts';

/** A finished run with its measurements. */
export interface Measurement {
  readonly run: Run;
  readonly evaluation: Evaluation;
  readonly costs: Costs;
  /** Bytes of the file with all levels; `null` where there is no deployed form. */
  readonly fileBytes: number | null;
  /** Clips that it was trained on. */
  readonly clips: number;
}

/** Levels as parts of ids, which have no dots. */
const LEVEL_NAMES: Readonly<Record<string, string>> = { '1x': 'full', '0.5x': 'half', '0.25x': 'quarter' };
const SET_NAMES: Readonly<Record<string, string>> = {
  spectrograms: 'official test part of the spectrograms',
  audio: 'audio of testset-v0.02 through the integer front end',
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const seedsOf = (pairs: readonly { readonly own: Measurement }[]): string => {
  const seeds = pairs.map(({ own }) => own.run.seed);
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
};
const listed = (values: readonly number[]): string => values.map((value) => round(value)).join(', ');

/** Accuracy in percent. */
function accuracyOf({ evaluation }: Measurement, level: string, set: string): number | undefined {
  const tested = evaluation[level]?.[set];
  return tested && (100 * tested.correct) / tested.clips;
}

/** Measurements of a method with those of their twins. */
function pairsOf(method: string, all: readonly Measurement[]): readonly { readonly own: Measurement; readonly twin: Measurement }[] {
  return all
    .filter(({ run }) => run.method === method)
    .flatMap((own) => {
      const twin = all.find(({ run }) => run.id === (own.run.twin ?? own.run.id));
      return twin === undefined ? [] : [{ own, twin }];
    });
}

/**
 * Points of accuracy that a method loses to its twins, by seed; empty where nothing is finished.
 * @param twinLevel level of the twin, by default the same
 */
export function dropsOf(method: string, all: readonly Measurement[], level: string, set: string, twinLevel = level): readonly number[] {
  return pairsOf(method, all).flatMap(({ own, twin }) => {
    const [accuracy, wanted] = [accuracyOf(own, level, set), accuracyOf(twin, twinLevel, set)];
    return accuracy === undefined || wanted === undefined ? [] : [wanted - accuracy];
  });
}

/** Says what was trained how long. */
export function scheduleOf({ epochs }: Method, { run, clips }: Measurement): string {
  const { batch, learningRate } = run.settings;
  const start = run.twin === null ? 'from scratch' : 'from the weights of its twin and taught by it';
  return `${epochs} epochs of ${clips} clips, ${String(batch)} a step, learning rate ${String(learningRate)}, ${start}`;
}

function accuracyRow(name: string, method: Method, all: readonly Measurement[], level: string, set: string): ResultRow[] {
  const pairs = pairsOf(name, all);
  const accuracies = pairs.flatMap(({ own }) => accuracyOf(own, level, set) ?? []);
  if (accuracies.length === 0) return [];
  const twins = pairs.map(({ twin }) => accuracyOf(twin, level, set)!);
  const compared = pairs.map(({ own }) => own.evaluation[level]![set]!.compared);
  const runtime = `scored in WebAssembly${set === 'audio' ? `; the reference executor gave identical scores on ${compared.join(', ')} of the clips` : ''}`;
  const how = method.scoredBy === 'runtime' ? runtime : "scored by training's own arithmetic: this binarizer has no deployed form";
  const isTwin = name === TWIN_METHOD;
  const lost = isTwin ? '' : `; ${round(mean(dropsOf(name, all, level, set, '1x')))} points below the full twin`;
  return [
    {
      id: `${name}/${LEVEL_NAMES[level]}/${set}`,
      what: `${method.what} at ${level}, accuracy on the ${SET_NAMES[set] ?? set}`,
      figure: round(mean(accuracies)),
      unit: '%',
      ...(!isTwin && { peer: { name: 'its full-precision twin at the same level', figure: round(mean(twins)), unit: '%' } }),
      note: `${seedsOf(pairs)}: ${listed(accuracies)} %${lost}; ${pairs[0]!.own.evaluation[level]![set]!.clips} clips; ${scheduleOf(method, pairs[0]!.own)}; ${how}`,
    },
  ];
}

function costRows(name: string, method: Method, level: string, { bytes, binaryMacs, realMacs, time, parameters }: LevelCosts): ResultRow[] {
  const id = (what: string): string => `${name}/${LEVEL_NAMES[level]}/${what}`;
  const what = `${method.what} at ${level}`;
  return [
    ...(bytes === null
      ? []
      : [{ id: id('bytes'), what: `${what}, file with this level alone`, figure: bytes, unit: 'bytes', note: `${parameters} parameters` }]),
    { id: id('binary-macs'), what: `${what}, multiply-accumulates of a clip on single bits, all terms`, figure: binaryMacs, unit: 'MACs' },
    { id: id('real-macs'), what: `${what}, other multiply-accumulates of a clip`, figure: realMacs, unit: 'MACs' },
    ...(time === null
      ? []
      : [
          {
            id: id('time'),
            what: `${what}, one second of audio from frames to scores in WebAssembly, one thread`,
            figure: round(time.ours, 1),
            unit: 'µs',
            peer: { name: `the full f32 twin in ${PEER}`, figure: round(time.peer, 1), unit: 'µs' },
            note: `${round(time.ratio, 1)} times faster than the full twin; interleaved, medians`,
          },
        ]),
  ];
}

/** The lines that have to be reached. */
const LINES = { v1: { drop: '<= 3', storage: '>= 15.5' }, v2: { drop: '<= 1.51', storage: '>= 20.2', speed: '>= 22' } } as const;

function lineRows(name: 'v1' | 'v2', { what }: Method, all: readonly Measurement[]): ResultRow[] {
  const pairs = pairsOf(name, all);
  const lines: { readonly drop: string; readonly storage: string; readonly speed?: string } = LINES[name];
  const [first] = pairs;
  const rows: ResultRow[] = [];
  const drops = dropsOf(name, all, '1x', 'spectrograms');
  if (drops.length > 0) {
    rows.push({
      id: `${name}-drop`,
      what: `points of accuracy that ${what} at full depth loses to its own full-precision twin on the ${SET_NAMES['spectrograms']}`,
      figure: round(mean(drops)),
      unit: 'points',
      must: lines.drop,
      note: `${seedsOf(pairs)}: ${listed(drops)}; on audio ${listed(dropsOf(name, all, '1x', 'audio'))}`,
    });
  }
  const [bytes, twinBytes] = [first?.own.costs['1x']?.bytes, first?.twin.costs['1x']?.bytes];
  if (bytes && twinBytes) {
    rows.push({
      id: `${name}-storage`,
      what: `file of the f32 twin against that of ${what}, full network each`,
      figure: round(twinBytes / bytes),
      unit: 'times',
      must: lines.storage,
      peer: { name: 'file of the twin', figure: twinBytes, unit: 'bytes' },
      note: `${bytes} bytes; with all levels in one file ${first!.twin.fileBytes!} / ${first!.own.fileBytes!} bytes, ${round(first!.twin.fileBytes! / first!.own.fileBytes!)} times`,
    });
  }
  const time = first?.own.costs['1x']?.time;
  if (lines.speed !== undefined && time) {
    rows.push({
      id: `${name}-speed-vs-ort-web-f32`,
      what: `one second of audio through ${what} at full depth, times faster than its f32 twin in onnxruntime-web; one thread each, interleaved, medians`,
      figure: round(time.ratio, 1),
      unit: 'times',
      must: lines.speed,
      peer: { name: PEER, figure: round(time.peer, 0), unit: 'µs' },
      note: `ours ${round(time.ours, 1)} µs`,
    });
  }
  return rows;
}

/** All rows: the lines first, then every method by level and data. Methods of which nothing is finished have none. */
export function rowsOf({ methods }: Plan, all: readonly Measurement[]): readonly ResultRow[] {
  const lines = (['v1', 'v2'] as const).flatMap((name) => (methods[name] ? lineRows(name, methods[name], all) : []));
  const rows = Object.entries(methods).flatMap(([name, method]) => {
    const [first] = all.filter(({ run }) => run.method === name);
    return Object.entries(first?.costs ?? {}).flatMap(([level, costs]) => [
      ...Object.keys(first!.evaluation[level] ?? {}).flatMap((set) => accuracyRow(name, method, all, level, set)),
      ...costRows(name, method, level, costs),
    ]);
  });
  return [...lines, ...rows];
}

/** Everything up to the last slash: one network at one level; nothing for the lines. */
const groupOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('/')));
const isTime = (id: string): boolean => id.endsWith('/time') || id.includes('-speed-');

/**
 * Fresh rows, and the times of an earlier report where nothing was timed now. Whatever else the earlier report held is gone: a figure stands for files that are there.
 * Rows of one network and level stay together.
 */
export function withEarlierTimes(fresh: readonly ResultRow[], earlier: readonly ResultRow[]): readonly ResultRow[] {
  const groups = new Map<string, ResultRow[]>();
  for (const row of fresh) groups.set(groupOf(row.id), [...(groups.get(groupOf(row.id)) ?? []), row]);
  const known = new Set(fresh.map(({ id }) => id));
  for (const row of earlier) if (isTime(row.id) && !known.has(row.id)) groups.get(groupOf(row.id))?.push(row);
  return [...groups.values()].flat();
}
