/**
 * Knowledge distillation (Hinton et al. 2015, arXiv 1503.02531): the divergence of the softened distributions of a student from those of a teacher,
 * `T^2 / b * sum of p * (log p - log q)`, `p = softmax(teacher / T)`, `q = softmax(student / T)`. T^2 keeps the gradient's size.
 */
import { TrainingError } from '../errors.ts';
import { divide, multiply, subtract } from '../ir/ops/binary.ts';
import { logSoftmax } from '../ir/ops/log-softmax.ts';
import { sum } from '../ir/ops/sum.ts';
import { exp, stopGradient } from '../ir/ops/unary.ts';
import { formatShape, sameShape, shapeError } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { batchSize } from './cross-entropy.ts';

/**
 * Student and teacher logits `[classes, batch]` -> one element; no gradient reaches the teacher.
 *
 * @throws `TRAIN_SHAPE` if the shapes differ, `TRAIN_ATTRIBUTE` for a temperature that is not above 0.
 */
export function distillation(studentLogits: Value, teacherLogits: Value, temperature: number): Value {
  if (studentLogits.shape.length < 2 || !sameShape(studentLogits.shape, teacherLogits.shape)) {
    shapeError(
      'distillation',
      `got student ${formatShape(studentLogits.shape)} and teacher ${formatShape(teacherLogits.shape)}, wanted the same [classes, batch]`,
    );
  }
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new TrainingError('TRAIN_ATTRIBUTE', `distillation: got temperature ${temperature}, wanted a number above 0`);
  }
  const teacher = logSoftmax(divide(stopGradient(teacherLogits), temperature), 0);
  const student = logSoftmax(divide(studentLogits, temperature), 0);
  const divergence = sum(multiply(exp(teacher), subtract(teacher, student)));
  return multiply(divergence, temperature ** 2 / batchSize(studentLogits));
}
