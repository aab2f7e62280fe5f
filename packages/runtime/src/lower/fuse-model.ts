/** From a checked model to its stages, and whether it runs in floats or in integers. */
import type { Model, Node } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import { fuse } from '../ops/index.ts';
import { Fusion, type Stage } from './stage.ts';

/** Whether every layer has quantizers (`integer`) or none has (`float`). */
export function kindOf(model: Model): 'integer' | 'float' {
  const layers = model.graph.nodes.filter((node): node is Extract<Node, { attributes: { weights: unknown } }> => 'weights' in node.attributes);
  const first = layers[0];
  if (first === undefined) return 'float';
  const kind = first.attributes.weights === null ? 'float' : 'integer';
  for (const { name, attributes } of layers) {
    for (const part of ['weights', 'activations'] as const) {
      if ((attributes[part] === null) !== (kind === 'float')) {
        const has = (tag: unknown): string => (tag === null ? 'has no' : 'has a');
        throw new RuntimeError(
          'RUNTIME_MIXED',
          `it ${has(attributes[part])} quantizer for its ${part}, while "${first.name}" ${has(first.attributes.weights)} quantizer for its weights.`,
          name,
        );
      }
    }
    if (kind === 'integer' && model.tensors.get(`${name}/weight`)!.type === 'f32')
      throw new RuntimeError('RUNTIME_NOT_FROZEN', 'its weights are floats.', name);
  }
  return kind;
}

/** The stages of a model in execution order; the last value is that of `output`. */
export function fuseModel(model: Model): { readonly stages: readonly Stage[]; readonly output: Stage } {
  const fusion = new Fusion(model);
  for (const node of model.graph.nodes) fuse(fusion, node);
  const last = model.graph.nodes.at(-1)!.name;
  return { stages: fusion.stages, output: fusion.stages.find((stage) => stage.members.includes(last))! };
}
