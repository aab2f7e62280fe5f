/**
 * What the easy calls keep ready for a set of weights: memories and code, as long as the weights live themselves. Of several geometries
 * the one that was not used for longest goes first.
 */
import type { PackedWeights } from './multiply.ts';

/** Geometries kept for one set of weights. */
const KEPT = 4;

/** A cache by weights and key; `make` is called for what it does not hold. */
export function keeper<Bound>(): (weights: PackedWeights, key: string, make: () => Bound) => Bound {
  const kept = new WeakMap<PackedWeights, Map<string, Bound>>();
  return (weights, key, make) => {
    const instances = kept.get(weights) ?? new Map<string, Bound>();
    kept.set(weights, instances);
    const instance = instances.get(key) ?? make();
    instances.delete(key);
    instances.set(key, instance);
    if (instances.size > KEPT) instances.delete(instances.keys().next().value!);
    return instance;
  };
}
