/** Lowering: a checked model to a program of integers (or of f32, where no layer is quantised). Nothing of batch norm survives. */
import { inputOf, type Model } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import type { Program } from '../program.ts';
import { addFloatSteps } from './float-steps.ts';
import { fuseModel, kindOf } from './fuse-model.ts';
import { IntegerLowering } from './integer-steps.ts';
import { ProgramBuilder } from './program-builder.ts';

/** Options of `lower`. */
export interface LowerOptions {
  /** Real value of one step of the 16-bit streams that skip connections add up; a power of two. Default 2^-9, for values within 64. */
  readonly residualStep?: number;
}

/**
 * Lowers a model.
 * @throws RuntimeError `RUNTIME_MIXED`, `RUNTIME_NOT_FROZEN`, `RUNTIME_QUANTIZER`, `RUNTIME_OPERATION`, `RUNTIME_RANGE`, `RUNTIME_OPTION`, naming the node
 */
export function lower(model: Model, options: LowerOptions = {}): Program {
  const { residualStep = 2 ** -9 } = options;
  if (!(residualStep > 0 && residualStep <= 1 && Math.log2(residualStep) % 1 === 0)) {
    throw new RuntimeError('RUNTIME_OPTION', `residualStep must be a power of two up to 1, got ${residualStep}.`);
  }
  const kind = kindOf(model);
  const { stages, output } = fuseModel(model);
  const { channels, frames, scale } = inputOf(model.graph).attributes;
  const builder = new ProgramBuilder();
  let tensor: number;
  if (kind === 'float') {
    tensor = addFloatSteps(builder, stages, output);
  } else {
    const lowering = new IntegerLowering(builder, stages, output, residualStep);
    for (const stage of stages) {
      if (stage.op === 'input') lowering.addInput(stage, scale);
      else lowering.add(stage);
    }
    tensor = lowering.output();
  }
  const { labels, features, decision } = model;
  return {
    name: model.graph.name,
    kind,
    input: { channels, frames, scale },
    tensors: builder.tensors(),
    steps: builder.steps,
    output: tensor,
    labels,
    features,
    decision,
  };
}
