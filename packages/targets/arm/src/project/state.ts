/**
 * The state of an exported network: one structure that the caller owns. Its size is a constant that is the same on every core, because all
 * members are integers of fixed width and none needs more than the alignment of a word.
 */
import { comment, INTEGER_BYTES, type WordType } from '../c-text.ts';
import { elementOf, frameElements } from '../kernels/kernel.ts';
import { framesBytes, type PlannedTensor } from '../network/plan.ts';
import type { ProjectContext } from './context.ts';

/** Detections that wait to be fetched. */
export const EVENT_QUEUE = 4;

/** A member of the structure: its declaration, its bytes, what it is. */
interface StateMember {
  readonly declaration: string;
  readonly bytes: number;
  readonly alignment: 1 | 2 | 4;
  readonly note: string;
}

function arrayMember(type: WordType, name: string, length: number, note: string): StateMember {
  const alignment = INTEGER_BYTES[type];
  return { declaration: `${type} ${name}[${length}];`, bytes: length * alignment, alignment, note };
}

function wordMember(declaration: string, bytes: number, note: string): StateMember {
  return { declaration, bytes, alignment: 4, note };
}

const roundUp = (value: number, multiple: number): number => multiple * Math.ceil(value / multiple);

const RING_BYTES = 8;

function framesDeclaration({ tensor, terms, depth }: PlannedTensor, name: string): string {
  return `${elementOf(tensor.format)} ${name}[${depth}][${frameElements(tensor, terms)}];`;
}

function networkMembers({ plan }: ProjectContext): StateMember[] {
  return [
    ...plan.tensors.map((planned) => {
      const { tensor, name, depth, lane } = planned;
      const note = `${tensor.name}: ${depth === 1 ? 'one frame' : `${depth} frames`} of ${tensor.channels} channels, ${tensor.format}`;
      if (lane !== null) return wordMember(`struct { bitvox_ring ring; } ${name};`, RING_BYTES, `${note}, in lane ${lane}`);
      return wordMember(`struct { bitvox_ring ring; ${framesDeclaration(planned, 'frames')} } ${name};`, RING_BYTES + framesBytes(planned), note);
    }),
    ...plan.steps.flatMap(({ arm, state }) => state.map(({ name, type, length }) => arrayMember(type, name, length, arm.step.node))),
  ];
}

function frontEndMembers({ frontEnd }: ProjectContext): StateMember[] {
  if (frontEnd === null) return [];
  const { kind, window, bands } = frontEnd.config;
  const pairs = Math.ceil(window / 2);
  return [
    wordMember('int32_t filled;', 4, 'samples that wait for a frame'),
    wordMember(
      `union { int16_t each[${2 * pairs}]; uint32_t pairs[${pairs}]; } samples;`,
      4 * pairs,
      'the newest samples; two of them in a word while they are analysed, the first one low',
    ),
    ...(kind === 'mfcc' ? [arrayMember('int16_t', 'levels', bands, 'log-mel levels of the newest frame')] : []),
  ];
}

function decisionMembers({ plan, decision }: ProjectContext): StateMember[] {
  const labels = plan.program.labels.length;
  return [
    wordMember('uint32_t time;', 4, 'end of the newest frame'),
    wordMember('bitvox_decider decider;', 12, 'where the decision stands'),
    arrayMember('uint32_t', 'sums', labels, 'scores of the smoothing window, added up'),
    wordMember(`${plan.project}_event events[${EVENT_QUEUE}];`, 12 * EVENT_QUEUE, 'detections that were not fetched yet, the oldest first'),
    wordMember('int32_t event_count;', 4, 'how many they are'),
    arrayMember('int16_t', 'thresholds', labels, 'score at which a label is reported, -1 for never'),
    arrayMember('int16_t', 'logits', labels, 'newest output of the network, Q8.8'),
    arrayMember('int16_t', 'scores', labels, 'newest scores'),
    arrayMember('uint16_t', 'history', decision.window * labels, `scores of ${decision.window} frames`),
  ];
}

/** Memory in which nothing outlives a frame: first that of the front end, then that of the network in the same place. */
function scratchMember({ plan, frontEnd }: ProjectContext): StateMember {
  const channels = Math.max(1, ...plan.steps.map(({ arm: { step } }) => (step.terms === null ? 1 : 2) * step.channels));
  const count = 1 + Math.max(-1, ...plan.tensors.map(({ lane }) => lane ?? -1));
  const lanes = Array.from({ length: count }, (_, lane) => plan.tensors.filter((tensor) => tensor.lane === lane));
  const sizes = lanes.map((tensors) => Math.max(...tensors.map(framesBytes)));
  // The words make every lane whole words, whatever lies in it.
  const declarations = lanes.map(
    (tensors, lane) =>
      `union { uint32_t words[${sizes[lane]! / 4}]; ${tensors.map((tensor) => framesDeclaration(tensor, tensor.name)).join(' ')} } lane${lane};`,
  );
  const network = `struct { int32_t z[${channels}]; ${declarations.join(' ')} } network;`;
  const networkBytes = sizes.reduce((sum, size) => sum + size, 4 * channels);
  const bins = frontEnd === null ? 0 : frontEnd.config.fft / 2 + 1;
  const spectrum = bins === 0 ? '' : ` uint32_t spectrum[${bins}];`;
  return wordMember(`union { ${network}${spectrum} } scratch;`, Math.max(networkBytes, 4 * bins), 'nothing in here outlives a frame');
}

/** The members in order, and the size of the structure in bytes. */
export function stateMembers(context: ProjectContext): { readonly members: readonly StateMember[]; readonly bytes: number } {
  const members: readonly StateMember[] = [
    ...networkMembers(context),
    ...frontEndMembers(context),
    ...decisionMembers(context),
    arrayMember('uint8_t', 'frame', context.plan.program.input.channels, 'the newest frame of the front end'),
    scratchMember(context),
  ];
  const bytes = members.reduce((end, member) => roundUp(end, member.alignment) + member.bytes, 0);
  return { members, bytes: roundUp(bytes, 4) };
}

/** The lines of the structure. */
export function stateLines(context: ProjectContext): string {
  return stateMembers(context)
    .members.map(({ declaration, note }) => `    ${declaration} /* ${comment(note)} */`)
    .join('\n');
}
