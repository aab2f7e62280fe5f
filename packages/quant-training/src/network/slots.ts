/**
 * Tensors of a graph in and out of a compiled step. A trained tensor is the slot `parameter/<node>/<role>`; the running mean and variance
 * of a batch norm are one slot `state/<node>/statistics`, and so is the running number of a quantizer. Every tensor belongs to exactly one slot.
 */
import type { Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import { formatShape, sizeOf, type Shape } from '../ir/shape.ts';
import type { CompiledStep } from '../ir/types.ts';
import { nodesOf, type Trainable } from './levels.ts';

/** One slot and the tensors that lie in it, one after the other. */
export interface TensorSlot {
  readonly slot: string;
  readonly tensors: readonly { readonly key: string; readonly shape: Shape }[];
}

/** The slots of a network, in the order of its nodes. */
export function tensorSlots(network: Trainable): TensorSlot[] {
  return nodesOf(network).flatMap((node) => {
    const named = (trainable: boolean): { key: string; shape: Shape }[] =>
      node.tensors.filter((tensor) => tensor.trainable === trainable).map(({ role, shape }) => ({ key: `${node.name}/${role}`, shape }));
    const trained = named(true).map((tensor) => ({ slot: `parameter/${tensor.key}`, tensors: [tensor] }));
    const carried = named(false);
    return carried.length === 0 ? trained : [...trained, { slot: `state/${node.name}/statistics`, tensors: carried }];
  });
}

/** The float data of a tensor. Throws `TRAIN_TENSOR` if it is missing, frozen or of another shape. */
function floatData(tensors: ReadonlyMap<string, Tensor>, key: string, shape: Shape): Float32Array {
  const tensor = tensors.get(key);
  if (tensor === undefined) throw new TrainingError('TRAIN_TENSOR', `tensor "${key}" is missing`);
  if (tensor.type !== 'f32' || !(tensor.data instanceof Float32Array))
    throw new TrainingError('TRAIN_TENSOR', `tensor "${key}" is ${tensor.type}, wanted f32: frozen weights cannot be trained`);
  if (tensor.data.length !== sizeOf(shape) || formatShape(tensor.shape) !== formatShape(shape)) {
    throw new TrainingError(
      'TRAIN_TENSOR',
      `tensor "${key}" has shape ${formatShape(tensor.shape)} and ${tensor.data.length} numbers, wanted ${formatShape(shape)}`,
    );
  }
  return tensor.data;
}

/** The data of every slot, in new arrays. */
export function slotData(network: Trainable, tensors: ReadonlyMap<string, Tensor>): Map<string, Float32Array> {
  return new Map(
    tensorSlots(network).map(({ slot, tensors: parts }) => {
      const data = new Float32Array(parts.reduce((total, { shape }) => total + sizeOf(shape), 0));
      let start = 0;
      for (const { key, shape } of parts) {
        data.set(floatData(tensors, key, shape), start);
        start += sizeOf(shape);
      }
      return [slot, data];
    }),
  );
}

/** The tensors of a network, in new arrays, from the data of its slots. */
export function tensorsOf(network: Trainable, slots: (slot: string) => Float32Array): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { slot, tensors: parts } of tensorSlots(network)) {
    const data = slots(slot);
    let start = 0;
    for (const { key, shape } of parts) {
      tensors.set(key, { type: 'f32', shape, data: data.slice(start, start + sizeOf(shape)) });
      start += sizeOf(shape);
    }
  }
  return tensors;
}

/** Writes slots into a step; those that the step does not have (a calibration step has no running statistics) are passed over. */
export function writeSlots(step: CompiledStep, slots: ReadonlyMap<string, Float32Array>): void {
  const known = new Set(step.slots());
  for (const [slot, data] of slots) if (known.has(slot)) step.write(slot, data);
}
