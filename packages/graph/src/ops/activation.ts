/**
 * `relu`: `max(x, 0)`. `prelu`: `x` where `x >= 0`, else `slope x` with one learned slope per node (He et al. 2015).
 * `dropout`: training only, scales what is kept by `1 / (1 - rate)`; the identity afterwards. `softmax`: scores over channels, per frame.
 */
import { AttributeReader } from '../attributes.ts';
import { framewise, NO_COST, type OpDefinition } from './definition.ts';

/** Attributes of operations that have none. */
export type NoAttributes = Readonly<Record<never, never>>;

function plain<A>(read: (reader: AttributeReader) => A, defaults: Partial<A> = {}, tensors: OpDefinition<A>['tensors'] = () => []): OpDefinition<A> {
  return {
    arity: 1,
    defaults,
    read(value, node) {
      const reader = new AttributeReader(value, node);
      const attributes = read(reader);
      reader.end();
      return attributes;
    },
    shape: ([x]) => x!,
    tensors,
    cost: () => NO_COST,
    stream: framewise,
  };
}

export const relu: OpDefinition<NoAttributes> = plain(() => ({}));

/** Attributes of `prelu`. */
export interface PreluAttributes {
  /** Slope before training; between 0 and 2 because integers keep it in 14 fractional bits of 16. */
  readonly initialSlope: number;
}

export const prelu: OpDefinition<PreluAttributes> = plain(
  (reader) => ({ initialSlope: reader.number('initialSlope', 0, 1.99) }),
  { initialSlope: 0.25 },
  () => [{ role: 'slope', shape: [1], trainable: true, bits: 32 }],
);

/** Attributes of `dropout`. */
export interface DropoutAttributes {
  /** Share of values that are dropped in training. */
  readonly rate: number;
}

export const dropout: OpDefinition<DropoutAttributes> = plain((reader) => ({ rate: reader.number('rate', 0, 0.95) }));

export const softmax: OpDefinition<NoAttributes> = plain(() => ({}));
