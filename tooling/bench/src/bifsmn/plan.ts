/**
 * The trainings of `npm run report:bifsmn`, as data: the full-precision twin and both BiFSMN for three seeds, every other binarizer for one.
 * A student starts from the twin of its seed and learns from it, so that a drop is measured between networks of one seed and one set of data.
 *
 * The schedules are short: the papers train 300 epochs, here it is 16 for a twin, 20 for a BiFSMN and 12 for what they are compared with.
 */
import { TWELVE_LABELS } from '@bitvox/datasets';
import { type BinarizerName, BINARIZERS } from '@bitvox/models';

/** Settings that differ from the defaults of `bitvox train`; the contents of its config file. */
export type Settings = Readonly<Record<string, unknown>>;

/** What is trained, apart from the seed. */
export interface Method {
  /** In words. */
  readonly what: string;
  readonly epochs: number;
  readonly seeds: readonly number[];
  /**
   * What computes scores: `runtime`, the integers that a device runs; `predictor`, the training's own arithmetic, for binarizers without a deployed form.
   */
  readonly scoredBy: 'runtime' | 'predictor';
  readonly settings: Settings;
  /** Whether the executors are compared on every recording, for the first seed; else on one out of ten. */
  readonly compared?: 'all';
}

/** One training. Its files are `<id>.bitvox` and the folder `<id>.bitvox.run`. */
export interface Run {
  /** `<method>-<seed>` */
  readonly id: string;
  readonly method: string;
  readonly seed: number;
  /** Contents of the config file. */
  readonly settings: Settings;
  /** Run that has to be finished before: teacher, initial weights, and what accuracy is compared with. `null` for a twin. */
  readonly twin: string | null;
  /** Executors are compared on one recording out of this many. */
  readonly compareEvery: number;
}

/** Methods by name, and all runs in an order in which they can be trained. */
export interface Plan {
  readonly methods: Readonly<Record<string, Method>>;
  readonly runs: readonly Run[];
  /** Labels in the order of outputs. */
  readonly labels: readonly string[];
}

const THREE_SEEDS = [1, 2, 3] as const;
/** Weights are averaged over some 500 steps; 96 clips a step as in the papers. */
const COMMON = { batch: 96, average: 0.998 } as const;

const TWIN: Method = {
  what: 'full-precision twin',
  epochs: 16,
  seeds: THREE_SEEDS,
  scoredBy: 'runtime',
  compared: 'all',
  settings: {
    ...COMMON,
    model: 'bifsmn',
    bits: 32,
    levels: ['1x', '0.5x', '0.25x'],
    learningRate: 0.004,
    weightDecay: 0.03,
    warmup: 0.05,
    labelSmoothing: 0.05,
    augmentation: {
      timeShift: 10,
      gain: [-6, 6],
      noise: { probability: 0.2, gain: [-25, -8] },
      timeMasks: { count: 1, longest: 12 },
      bandMasks: { count: 1, longest: 6 },
    },
  },
};

/** What restrains a float network only keeps a network of bits from learning. */
const STUDENT = {
  ...COMMON,
  learningRate: 0.01,
  weightDecay: 0,
  labelSmoothing: 0,
  augmentation: {
    timeShift: 10,
    gain: [-6, 6],
    noise: { probability: 0.2, gain: [-25, -8] },
    timeMasks: { count: 0, longest: 0 },
    bandMasks: { count: 1, longest: 4 },
  },
} as const;

const BIFSMN: Readonly<Record<string, Method>> = {
  v1: { what: 'BiFSMN', epochs: 20, seeds: THREE_SEEDS, scoredBy: 'runtime', compared: 'all', settings: { ...STUDENT, model: 'bifsmn' } },
  v2: { what: 'BiFSMNv2', epochs: 20, seeds: THREE_SEEDS, scoredBy: 'runtime', compared: 'all', settings: { ...STUDENT, model: 'bifsmn-v2' } },
};

/** Binarizers that multiply by what a device does not have: factors of single frames inside a window, weights that stay real. */
const NOT_DEPLOYED: ReadonlySet<BinarizerName> = new Set<BinarizerName>(['xnor', 'bifsmn-released', 'bifsmn-v2-released']);

/** What is 1 bit by its tags only. */
const RELEASED: Readonly<Record<string, string>> = {
  'bifsmn-released': 'BiFSMN as its authors released it, most weights real in effect,',
  'bifsmn-v2-released': 'BiFSMNv2 as its authors released it, most weights real in effect,',
};

/** Every other binarizer in the network of BiFSMN, with its distillation; what v2's authors released keeps the distillation of v2. */
const OTHERS = Object.fromEntries(
  (Object.keys(BINARIZERS) as BinarizerName[])
    .filter((binarizer) => binarizer !== 'bifsmn' && binarizer !== 'bifsmn-v2')
    .map((binarizer): [string, Method] => {
      const model = binarizer === 'bifsmn-v2-released' ? 'bifsmn-v2' : 'bifsmn';
      return [
        binarizer,
        {
          what: RELEASED[binarizer] ?? `binarizer ${binarizer}`,
          epochs: 12,
          seeds: [1],
          scoredBy: NOT_DEPLOYED.has(binarizer) ? 'predictor' : 'runtime',
          settings: { ...STUDENT, model, modelOptions: { binarizer } },
        },
      ];
    }),
);

/** Name of the method that everything is compared with. */
export const TWIN_METHOD = 'fp';

/** File of a run in the folder of runs. */
export const modelFileOf = (id: string): string => `${id}.bitvox`;
/** Folder with the events, the checkpoint and the floats of a run. */
export const runFolderOf = (id: string): string => `${modelFileOf(id)}.run`;

/** The runs of some methods: those of `fp` first, then what depends on them. */
export function planOf(methods: Readonly<Record<string, Method>>, labels: readonly string[]): Plan {
  const runs = Object.entries(methods).flatMap(([method, { seeds, epochs, settings, compared }]) =>
    seeds.map((seed): Run => {
      const twin = method === TWIN_METHOD ? null : `${TWIN_METHOD}-${seed}`;
      const floats = twin === null ? null : `${runFolderOf(twin)}/trained.bitvox`;
      const learned = floats === null ? {} : { teacher: floats, initial: floats };
      const compareEvery = compared === 'all' && seed === seeds[0] ? 1 : 10;
      return { id: `${method}-${seed}`, method, seed, twin, compareEvery, settings: { ...settings, epochs, seed, ...learned } };
    }),
  );
  return { methods, labels, runs: [...runs.filter(({ twin }) => twin === null), ...runs.filter(({ twin }) => twin !== null)] };
}

/** The plan of the report. */
export const PLAN = planOf({ [TWIN_METHOD]: TWIN, ...BIFSMN, ...OTHERS }, TWELVE_LABELS);

/**
 * The runs with these ids and those that they depend on, in the order of the plan.
 * @throws RangeError for an unknown id
 */
export function runsNamed({ runs }: Plan, ids: readonly string[]): readonly Run[] {
  const wanted = new Set<string>();
  for (const id of ids) {
    const run = runs.find((candidate) => candidate.id === id);
    if (run === undefined) throw new RangeError(`"${id}" is not in the plan; known are ${runs.map((candidate) => candidate.id).join(', ')}`);
    wanted.add(id);
    if (run.twin !== null) wanted.add(run.twin);
  }
  return runs.filter(({ id }) => wanted.has(id));
}
