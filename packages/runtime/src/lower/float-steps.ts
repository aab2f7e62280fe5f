/** Steps of a float model: one f32 tensor per stage, the affine map rounded once to f32. */
import type { Activation } from '../program.ts';
import { addStep, type ProgramBuilder } from './program-builder.ts';
import type { Stage, StageActivation } from './stage.ts';
import { stepWeights } from './weights.ts';

const KEY = 'f32';

function activation(value: StageActivation): Activation {
  return value.kind === 'prelu' ? { kind: 'prelu', slope: Math.fround(value.slope) } : value;
}

/** Adds the steps of every stage; returns the tensor of the output. */
export function addFloatSteps(builder: ProgramBuilder, stages: readonly Stage[], output: Stage): number {
  for (const stage of stages) {
    const tensor = builder.tensor(stage, KEY, { format: 'f32', scale: 1 });
    const { input, op } = stage;
    if (input === null || op === 'input') continue;
    const parts = {
      node: stage.node,
      members: stage.members,
      input: builder.held(input, KEY),
      inputChannels: input.channels,
      channels: stage.channels,
      window: stage.window,
      accumulator: 'f32',
      terms: null,
      epilogue: {
        kind: 'float',
        affine: stage.affine ? { multipliers: Float32Array.from(stage.multiplier), offsets: Float32Array.from(stage.offset) } : null,
        activation: activation(stage.activation),
        residual: stage.residual === null ? null : builder.held(stage.residual, KEY),
        then: activation(stage.then),
        output: tensor,
      },
    } as const;
    addStep(builder, stage, parts, stage.weights === null ? null : stepWeights(stage.weights.tensor));
  }
  return builder.held(output, KEY);
}
