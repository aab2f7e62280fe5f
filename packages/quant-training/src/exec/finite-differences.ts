/**
 * Gradient check: the gradient that differentiation gives, against central differences of the float64 reference,
 * `(f(x + h) - f(x - h)) / 2h`, for `f = sum(output * upstream)` with a random upstream.
 */
import { vectorJacobianProduct } from '../ir/gradient.ts';
import { constant } from '../ir/ops/leaf.ts';
import { simplify } from '../ir/simplify.ts';
import { sizeOf } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { evaluate, type Feeds } from './evaluate.ts';

/** The largest difference over all elements, relative to `1 + |gradient|`. */
export function gradientError(output: Value, wrt: readonly Value[], feeds: Feeds, upstream: Float64Array, step = 1e-5): number {
  const seed = constant(Float32Array.from(upstream), output.shape);
  const gradients = evaluate(simplify(vectorJacobianProduct(output, seed, wrt)), feeds);
  const weights = Float32Array.from(upstream);
  const objective = (changed: Feeds): number => evaluate([output], changed)[0]!.reduce((total, value, at) => total + value * weights[at]!, 0);
  let worst = 0;
  wrt.forEach((value, index) => {
    for (let at = 0; at < sizeOf(value.shape); at++) {
      const moved = (by: number): number => {
        const data = feeds.get(value)!.slice();
        data[at]! += by;
        return objective(new Map([...feeds, [value, data]]));
      };
      const numeric = (moved(step) - moved(-step)) / (2 * step);
      const error = Math.abs(numeric - gradients[index]![at]!) / (1 + Math.abs(numeric));
      worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
    }
  });
  return worst;
}
