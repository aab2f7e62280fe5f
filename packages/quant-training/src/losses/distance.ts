/**
 * Distances of tensors: the mean squared error, and the normalised squared distance of attention matching
 * `|| s^2 / ||s^2|| - t^2 / ||t^2|| ||` over whole tensors (Zagoruyko, Komodakis 2017; the distillation distance of BiFSMN), in [0, sqrt 2].
 */
import { square, mean } from '../ir/compose.ts';
import { add, divide, subtract } from '../ir/ops/binary.ts';
import { sum } from '../ir/ops/sum.ts';
import { sqrt } from '../ir/ops/unary.ts';
import { formatShape, sameShape, shapeError } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';

/** Keep the square roots differentiable at 0 in f32 without being seen elsewhere. */
const SMALLEST_NORM = 1e-24;
const SMALLEST_DISTANCE = 1e-12;

function checkSame(op: string, a: Value, b: Value): void {
  if (!sameShape(a.shape, b.shape)) shapeError(op, `got ${formatShape(a.shape)} and ${formatShape(b.shape)}, wanted the same shape`);
}

/** Mean of (a - b)^2 over all elements -> one element. @throws `TRAIN_SHAPE` if the shapes differ. */
export function meanSquaredError(a: Value, b: Value): Value {
  checkSame('mean squared error', a, b);
  return mean(square(subtract(a, b)));
}

function normalisedSquare(x: Value): Value {
  const squared = square(x);
  return divide(squared, sqrt(add(sum(square(squared)), SMALLEST_NORM)));
}

/** The normalised squared distance -> one element, exactly 0 with gradient 0 for equal tensors. @throws `TRAIN_SHAPE` if the shapes differ. */
export function normalisedSquaredDistance(student: Value, teacher: Value): Value {
  checkSame('normalised squared distance', student, teacher);
  const total = sum(square(subtract(normalisedSquare(student), normalisedSquare(teacher))));
  return divide(total, sqrt(add(total, SMALLEST_DISTANCE)));
}
