/**
 * Bounds that trained tensors are kept within after every step.
 *
 * Floats behind 1-bit weights stay near 0, so that every bit stays able to flip. A PReLU whose value is only asked for its sign keeps a slope above 0:
 * with a slope of 0 or less nothing that it gives is negative, all bits behind it are 1, and the batch norm after them divides by nothing but epsilon.
 */
import type { Node } from '@bitvox/graph';
import { asLevels, nodesOf, type Trainable } from './levels.ts';

/** Smallest slope of a PReLU in front of a sign. */
export const SMALLEST_SLOPE = 2 ** -6;

/** Numbers that a slot keeps within. */
export interface Bound {
  readonly slot: string;
  readonly low: number;
  readonly high: number;
}

/** Whether a layer takes nothing but the sign of what it reads. */
function readsSign({ attributes }: Node): boolean {
  const activations = 'activations' in attributes ? attributes.activations : null;
  return activations !== null && activations.bits === 1 && activations.terms === undefined;
}

/** Names of the PReLUs that some layer reads the sign of. */
export function rectifiersBeforeSigns(network: Trainable): ReadonlySet<string> {
  const read = new Set(asLevels(network).flatMap(({ graph }) => graph.nodes.filter(readsSign).flatMap(({ inputs }) => inputs)));
  return new Set(nodesOf(network).flatMap(({ name, op }) => (op === 'prelu' && read.has(name) ? [name] : [])));
}

/** The bounds of a training. @param latent largest magnitude of the floats behind 1-bit weights; none if it is left out */
export function boundsOf(network: Trainable, latent = Infinity): Bound[] {
  const binary = nodesOf(network).filter(({ tensors }) => tensors.some(({ role, bits }) => role === 'weight' && bits === 1));
  return [
    ...(latent < Infinity ? binary.map(({ name }): Bound => ({ slot: `parameter/${name}/weight`, low: -latent, high: latent })) : []),
    ...[...rectifiersBeforeSigns(network)].map((name): Bound => ({ slot: `parameter/${name}/slope`, low: SMALLEST_SLOPE, high: Infinity })),
  ];
}
