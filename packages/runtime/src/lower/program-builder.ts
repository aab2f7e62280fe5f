/** Collects the tensors and steps of a program, and keeps track of which tensor holds which form of which stage. */
import type { StreamInfo } from '@bitvox/graph';
import type { ProgramTensor, Step } from '../program.ts';
import type { Stage } from './stage.ts';

/** The program as it grows. */
export class ProgramBuilder {
  readonly steps: Step[] = [];
  readonly #tensors: ProgramTensor[] = [];
  readonly #held = new Map<Stage, Map<string, number>>();

  /** Adds a tensor without padding. */
  tensor(stage: Stage, key: string, parts: Pick<ProgramTensor, 'format' | 'scale'>): number {
    const { hop, delay }: StreamInfo = stage.stream;
    const index = this.#tensors.push({ name: stage.members.at(-1)!, ...parts, channels: stage.channels, hop, delay, padding: [0, 0] }) - 1;
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
