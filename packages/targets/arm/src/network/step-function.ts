/** The C function of one step: pointers to the frames it reads and writes, the kernel's call, the epilogue. */
import type { ConstArray } from '../c-text.ts';
import { comment, indent } from '../c-text.ts';
import { elementOf, frameElements } from '../kernels/kernel.ts';
import type { PartName } from '../parts.ts';
import { callText } from './call.ts';
import { epilogueText } from './epilogue.ts';
import type { NamedArray, PlannedStep, PlannedTensor } from './plan.ts';

/** A step as C. */
export interface StepText {
  readonly parts: readonly PartName[];
  /** Constant arrays of kernel and epilogue. */
  readonly arrays: readonly NamedArray[];
  readonly text: string;
}

const describeTensor = ({ tensor }: PlannedTensor): string => `${tensor.name} (${tensor.format})`;

function heading({ arm: { step, input }, kernel, outputs, residual }: PlannedStep): string {
  const { kernel: taps, stride, dilation, padding } = step.window;
  const window = taps === 1 && stride === 1 ? '' : `, ${taps} taps, stride ${stride}, dilation ${dilation}, padding ${padding.join('+')}`;
  const lines = [
    `${step.node}: ${kernel.name}, ${step.inputChannels} -> ${step.channels} channels${window}`,
    `${input.name} (${input.format})${residual === null ? '' : ` + ${describeTensor(residual)}`} -> ${outputs.map(describeTensor).join(', ')}`,
    ...(step.members.length > 1 ? [`computes ${step.members.join(', ')}`] : []),
  ];
  return `/*\n${lines.map((line) => ` * ${comment(line)}\n`).join('')} */`;
}

/** Declarations of what the call and the epilogue name. */
function declarations({ arm, kernel, text, input, residual, factors, outputs }: PlannedStep): string[] {
  const { step } = arm;
  const type = elementOf(input.tensor.format);
  const lines: string[] = [];
  const mentions = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text.call + (text.accumulator ?? ''));
  const needsCount = kernel.findsTaps === true || step.window.kernel > 1 || step.window.stride > 1 || residual !== null || factors !== null;
  if (needsCount || mentions('x') || mentions('t')) lines.push(`const int32_t t = s->${outputs[0]!.name}.ring.count;`);
  if (kernel.findsTaps !== true) lines.push(`const ${type} *x[${step.window.kernel}];`);
  if (residual !== null) lines.push(`const int16_t *const residual = ${residual.name}_frame(s, t);`);
  outputs.forEach((output, index) => {
    lines.push(`${elementOf(output.tensor.format)} *const y${index} = ${output.frames}[s->${output.name}.ring.next];`);
  });
  const loops = [
    ...(mentions('k') || step.terms !== null || (kernel.findsTaps !== true && step.window.kernel > 1) ? ['k'] : []),
    ...(kernel.writes === 'accumulators' || mentions('c') ? ['c'] : []),
  ];
  return loops.length === 0 ? lines : [...lines, `int32_t ${loops.join(', ')};`];
}

function tapLines({ arm: { step, frame }, kernel }: PlannedStep): string[] {
  if (kernel.findsTaps === true) return [];
  const { kernel: taps, stride, dilation, padding } = step.window;
  const plus = (value: number, text: string): string => (value === 0 ? text : `${text} ${value < 0 ? '-' : '+'} ${Math.abs(value)}`);
  const first = plus(-padding[0], stride === 1 ? 't' : `t * ${stride}`);
  if (taps === 1) return [`x[0] = ${frame(first)};`];
  return [`for (k = 0; k < ${taps}; ++k) x[k] = ${frame(`${first} + k${dilation === 1 ? '' : ` * ${dilation}`}`)};`];
}

/** Writes the function of a step, `static void step_<name>(<project> *s)`. */
export function stepText(planned: PlannedStep, project: string): StepText {
  const { arm, kernel, text, outputs } = planned;
  const call = callText(planned);
  const epilogue = kernel.writes === 'accumulators' ? epilogueText(planned, call.accumulator) : { parts: [], arrays: [] as readonly ConstArray[], text: '' };
  const body = [
    ...declarations(planned),
    ...call.declarations,
    '',
    ...tapLines(planned),
    ...call.lines,
    ...(epilogue.text === '' ? [] : [epilogue.text]),
    ...outputs.map(({ name, depth }) => `bitvox_advance(&s->${name}.ring, ${depth});`),
  ].join('\n');
  const functions = text.functions === '' ? '' : `${text.functions.trimEnd()}\n\n`;
  return {
    parts: ['ring', ...text.parts, ...epilogue.parts],
    arrays: [...planned.weights, ...[...call.arrays, ...epilogue.arrays].map((array) => ({ ...array, name: `${arm.name}_${array.role}` }))],
    text: `${functions}${heading(planned)}\nstatic void step_${arm.name}(${project} *s)\n{\n${indent(body)}\n}\n`,
  };
}

/** The function that finds a frame of a tensor by its number. */
export function frameFunction({ tensor, terms, name, depth, frames, fill }: PlannedTensor, project: string): string {
  const type = elementOf(tensor.format);
  const shape = type === 'uint32_t' ? `${frameElements(tensor, terms)} words of ${tensor.channels} signs` : `${tensor.channels} channels`;
  return [
    `/* Frame of ${comment(tensor.name)}, ${shape}; ${fill === null ? '0' : 'padding'} outside of the signal. */`,
    `static const ${type} *${name}_frame(const ${project} *s, int32_t frame)`,
    '{',
    `    const int32_t slot = bitvox_slot(&s->${name}.ring, ${depth}, frame);`,
    `    return slot < 0 ? ${fill === null ? '0' : `${project}_weights.${fill.name}`} : ${frames}[slot];`,
    '}',
    '',
  ].join('\n');
}
