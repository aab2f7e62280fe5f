/** Collects the tensors and steps of a program, and keeps track of which tensor holds which form of which stage. */
import type { StreamInfo } from '@bitvox/graph';
import type { PassStep, ProgramTensor, Step, StepWeights } from '../program.ts';
import type { Stage } from './stage.ts';

/** The program as it grows. */
export class ProgramBuilder {
  readonly steps: Step[] = [];
  readonly #tensors: ProgramTensor[] = [];
  readonly #held = new Map<Stage, Map<string, number>>();

  /** Adds a tensor without padding, with name and channels of the stage unless told. */
  tensor(stage: Stage, key: string, parts: Pick<ProgramTensor, 'format' | 'scale'> & Partial<Pick<ProgramTensor, 'name' | 'channels' | 'fill'>>): number {
    const { hop, delay }: StreamInfo = stage.stream;
    const index = this.#tensors.push({ name: stage.members.at(-1)!, channels: stage.channels, fill: null, ...parts, hop, delay, padding: [0, 0] }) - 1;
    this.hold(stage, key, index);
    return index;
  }

  /** Notes that a tensor is a form of the value of a stage. */
  hold(stage: Stage, key: string, tensor: number): void {
    const forms = this.#held.get(stage) ?? new Map<string, number>();
    forms.set(key, tensor);
    this.#held.set(stage, forms);
  }

  /** The tensor that holds a form of the value of a stage. */
  held(stage: Stage, key: string): number {
    return this.#held.get(stage)!.get(key)!;
  }

  scale(tensor: number): number {
    return this.#tensors[tensor]!.scale;
  }

  format(tensor: number): ProgramTensor['format'] {
    return this.#tensors[tensor]!.format;
  }

  /** The tensors, each with the padding that its readers need. */
  tensors(): ProgramTensor[] {
    return this.#tensors.map((tensor, index) => {
      const readers = this.steps.filter((step) => step.input === index).map((step) => step.window.padding);
      const padding = [0, 1].map((side) => Math.max(0, ...readers.map((pair) => pair[side as 0 | 1]))) as [number, number];
      return { ...tensor, padding };
    });
  }
}

/** Adds the step of a stage: what all steps have, and what its operation has beside that. */
export function addStep(builder: ProgramBuilder, { op, weights: layer }: Stage, parts: Omit<PassStep, 'op'>, weights: StepWeights | null): void {
  if (op === 'input') throw new RangeError('the input is no step');
  if (op === 'pass' || op === 'mean-pool') builder.steps.push({ ...parts, op });
  else if (op === 'conv2d') builder.steps.push({ ...parts, op, weights: weights!, rows: layer!.rows! });
  else builder.steps.push({ ...parts, op, weights: weights! });
}
