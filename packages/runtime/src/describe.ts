/** A program as plain data and as text: what is executed, in which widths, with how many bytes. */
import { outputsOf, type Program, type ProgramTensor, residualOf, type Step, type StepOp, type TensorFormat } from './program.ts';
import { planMemory } from './schedule/memory-plan.ts';

/** One step, without its numbers. */
export interface StepDescription {
  readonly op: StepOp;
  readonly node: string;
  /** Nodes of the graph that the step executes. */
  readonly members: readonly string[];
  readonly reads: string;
  readonly adds: string | null;
  readonly writes: readonly string[];
  /** Widths of weights and activations, accumulator, epilogue, such as `1 x bit -> i16 -> threshold`. */
  readonly arithmetic: string;
  readonly weightBytes: number;
}

/** A tensor, without its contents. */
export interface TensorDescription extends ProgramTensor {
  /** The name of the value and the form it has, such as `block-0-memory-add:i16`; unique. */
  readonly id: string;
}

/** A program, JSON-able. */
export interface ProgramDescription {
  readonly name: string;
  readonly kind: Program['kind'];
  readonly labels: readonly string[];
  readonly input: Program['input'];
  readonly tensors: readonly TensorDescription[];
  readonly steps: readonly StepDescription[];
  /** Packed weights. */
  readonly weightBytes: number;
  /** Row buffers of a stream that takes one frame at a time. */
  readonly streamBytes: number;
}

function weightBytes(step: Step): number {
  if (!('weights' in step)) return 0;
  return step.weights.bits === 1 ? step.weights.rows.byteLength : step.weights.values.byteLength;
}

function arithmeticOf(step: Step, format: TensorFormat): string {
  const { epilogue } = step;
  const input = step.terms === null ? format : 'two signs';
  const operands = 'weights' in step ? `${step.weights.bits} x ${input}` : input;
  const requantization = epilogue.kind === 'value' && epilogue.requantization !== null ? ` (${epilogue.requantization.arithmetic})` : '';
  return `${operands} -> ${step.accumulator} -> ${epilogue.kind}${requantization}`;
}

/** Describes a program. */
export function describeProgram(program: Program): ProgramDescription {
  const ids = program.tensors.map(({ name, format, scale }) => `${name}:${format}${format === 'i8' ? ` x ${scale}` : ''}`);
  const steps = program.steps.map((step): StepDescription => {
    const residual = residualOf(step);
    return {
      op: step.op,
      node: step.node,
      members: step.members,
      reads: ids[step.input]!,
      adds: residual === null ? null : ids[residual]!,
      writes: outputsOf(step).map((output) => ids[output]!),
      arithmetic: arithmeticOf(step, program.tensors[step.input]!.format),
      weightBytes: weightBytes(step),
    };
  });
  return {
    name: program.name,
    kind: program.kind,
    labels: program.labels,
    input: program.input,
    tensors: program.tensors.map((tensor, index) => ({ ...tensor, id: ids[index]! })),
    steps,
    weightBytes: steps.reduce((sum, step) => sum + step.weightBytes, 0),
    streamBytes: planMemory(program, { block: 1 }).bytes,
  };
}

/** The description as text, one line a step. */
export function formatProgram(program: Program): string {
  const { name, kind, steps, weightBytes: bytes } = describeProgram(program);
  const rows = steps.map((step) => [
    step.node,
    step.op,
    step.arithmetic,
    `${step.reads}${step.adds === null ? '' : ` + ${step.adds}`} -> ${step.writes.join(', ')}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell)).join('  '));
  return [`${name}: ${kind}, ${steps.length} steps, ${bytes} bytes of weights`, ...lines].join('\n');
}
