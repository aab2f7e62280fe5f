/** The report of an export: sizes, and which kernel computes which layer at what cost. Counts are counts, not measurements on silicon. */
import { INTEGER_BYTES } from '../c-text.ts';
import type { ProjectContext } from './context.ts';
import type { GoldenVector } from './golden.ts';
import { stateMembers } from './state.ts';
import { frontEndArrays, weightsChecksum } from './weights.ts';

/** The report as plain data. */
export interface ArmReport {
  readonly project: string;
  readonly model: string;
  readonly core: string;
  readonly note: string;
  readonly bytes: {
    /** Weights and epilogues, in flash. */
    readonly weights: number;
    /** Tables of the front end, in flash. */
    readonly tables: number;
    /** The state, in RAM. */
    readonly state: number;
  };
  /** CRC-32 of the weights, as `<project>_check` compares it. */
  readonly checksum: string;
  readonly framesPerSecond: number;
  readonly scoresPerSecond: number;
  readonly layers: readonly {
    readonly layer: string;
    readonly kernel: string;
    readonly channels: string;
    /** Instructions of one output frame without the epilogue, as the choice of kernels assumed. */
    readonly instructions: number;
    readonly outputsPerSecond: number;
    readonly weightBytes: number;
  }[];
  readonly instructionsPerSecond: number;
  readonly vectors: readonly { readonly name: string; readonly frames: number; readonly scores: number; readonly detections: number }[];
}

const bytesOf = (arrays: readonly { readonly type: keyof typeof INTEGER_BYTES; readonly values: ArrayLike<number> }[]): number =>
  arrays.reduce((sum, { type, values }) => sum + INTEGER_BYTES[type] * values.length, 0);

/** Writes the report of a project. */
export function projectReport(context: ProjectContext, vectors: readonly GoldenVector[]): ArmReport {
  const { plan, time } = context;
  const { program, core, project } = plan;
  const { bytes, checksum } = weightsChecksum(context);
  const framesPerSecond = time.rate / time.hop;
  const layers = plan.steps.map(({ arm, kernel, outputs }, index) => ({
    layer: arm.step.node,
    kernel: kernel.name,
    channels: `${arm.step.inputChannels} -> ${arm.step.channels}`,
    instructions: (arm.step.terms === null ? 1 : 2) * kernel.cost(arm, core),
    outputsPerSecond: framesPerSecond / outputs[0]!.tensor.hop,
    weightBytes: bytesOf(context.steps[index]!.arrays),
  }));
  return {
    project,
    model: program.name,
    core,
    note: 'Instructions are estimated from counts under emulation; nothing was measured on silicon.',
    bytes: { weights: bytes, tables: bytesOf(frontEndArrays(context)), state: stateMembers(context).bytes },
    checksum: checksum.toString(16).padStart(8, '0'),
    framesPerSecond,
    scoresPerSecond: framesPerSecond / program.tensors[program.output]!.hop,
    layers,
    instructionsPerSecond: Math.round(layers.reduce((sum, { instructions, outputsPerSecond }) => sum + instructions * outputsPerSecond, 0)),
    vectors: vectors.map(({ name, frames, scores, events }) => ({
      name,
      frames: frames.length / program.input.channels,
      scores: scores.length / program.labels.length,
      detections: events.length,
    })),
  };
}
