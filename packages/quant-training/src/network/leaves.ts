/**
 * What the networks of one step have in common: leaves by name, running statistics on their way from level to level, and values that several
 * levels compute alike. Invariant: a name stands for one leaf, and the value of a node on equal inputs is one value, so that a part which all levels
 * share is computed, differentiated and counted once.
 */
import { TrainingError } from '../errors.ts';
import { movingMean } from '../ir/compose.ts';
import { add, multiply } from '../ir/ops/binary.ts';
import { constant, input, parameter, state } from '../ir/ops/leaf.ts';
import { formatShape, sameShape, type Shape } from '../ir/shape.ts';
import type { StateUpdate } from '../ir/step.ts';
import type { Value } from '../ir/types.ts';
import type { CollectedStatistics, NodeContext, Phase } from './context.ts';

/** Input of a step: the share of the training that is over, for quantizers that sharpen with time. */
export const PROGRESS = 'progress';

/** A random mask that has to be fed to a step. */
export interface Mask {
  /** Name of the step's input. */
  readonly name: string;
  /** Share of zeros. */
  readonly rate: number;
}

/** What a network is built for. */
export interface NetworkOptions {
  /** Clips per step. */
  readonly batch: number;
  readonly phase: Phase;
}

const MAKERS = { parameter, state, input } as const;

/** The leaves of one step. */
export class Leaves {
  readonly #options: NetworkOptions;
  readonly #leaves = new Map<string, Value>();
  readonly #moved = new Map<string, StateUpdate>();
  readonly #collected = new Map<string, Value[]>();
  readonly #shared = new Map<string, Value>();
  readonly #masks = new Map<string, Mask>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get masks(): readonly Mask[] {
    return [...this.#masks.values()];
  }

  /** New running statistics; empty but in training. */
  get stateUpdates(): readonly StateUpdate[] {
    return [...this.#moved.values()];
  }

  /** What the running statistics of every node are a mean of, averaged over the levels that have it; empty in evaluation. */
  get statistics(): ReadonlyMap<string, Value> {
    const average = (values: readonly Value[]): Value => multiply(values.reduce(add), 1 / values.length);
    return new Map([...this.#collected].map(([node, values]) => [node, average(values)]));
  }

  #leaf<Kind extends keyof typeof MAKERS>(kind: Kind, name: string, shape: Shape): Value<Kind> {
    const key = `${kind} "${name}"`;
    const known = this.#leaves.get(key) as Value<Kind> | undefined;
    if (known !== undefined && !sameShape(known.shape, shape))
      throw new TrainingError('TRAIN_NETWORK', `${key} is ${formatShape(known.shape)} in one level and ${formatShape(shape)} in another`);
    const leaf = known ?? (MAKERS[kind](name, shape) as Value<Kind>);
    this.#leaves.set(key, leaf);
    return leaf;
  }

  /** The value of `key`, built when it is asked for first. */
  shared(key: string, build: () => Value): Value {
    const value = this.#shared.get(key) ?? build();
    this.#shared.set(key, value);
    return value;
  }

  #collect(node: string, { value, momentum }: CollectedStatistics): void {
    this.#collected.set(node, [...(this.#collected.get(node) ?? []), value]);
    if (this.#options.phase !== 'training') return;
    const running = this.#leaf('state', `${node}/statistics`, value.shape);
    const before = this.#moved.get(node)?.value ?? running;
    this.#moved.set(node, { state: running, value: movingMean(before, value, momentum) });
  }

  /** The surroundings of a node. */
  contextOf(node: string): NodeContext {
    return {
      ...this.#options,
      parameter: (role, shape) => this.#leaf('parameter', `${node}/${role}`, shape),
      statistics: (shape) => this.#leaf('state', `${node}/statistics`, shape),
      collect: (statistics) => this.#collect(node, statistics),
      input: (name, shape) => this.#leaf('input', name, shape),
      mask: (shape, rate) => {
        const name = `${node}/mask`;
        this.#masks.set(name, { name, rate });
        return this.#leaf('input', name, shape);
      },
      progress: () => (this.#options.phase === 'training' ? this.#leaf('input', PROGRESS, [1]) : constant(1)),
      shared: (part, build) => this.shared(`${node}/${part}`, build),
    };
  }
}
