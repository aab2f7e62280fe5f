/** The source of the network: frames of its tensors, a function per step, the straight line through them, and the public functions. */
import { alignedOf } from '@bitvox/runtime';
import { indent, stringLiteral } from '../c-text.ts';
import { alignedTensors, type PlannedStep, readyCondition } from '../network/plan.ts';
import { frameFunction } from '../network/step-function.ts';
import { PartList } from '../parts.ts';
import type { ProjectContext } from './context.ts';
import { EVENT_QUEUE } from './state.ts';
import { weightsChecksum } from './weights.ts';

/** The parts of the constant runtime that a project uses. */
export function runtimeText({ steps, frontEnd }: ProjectContext): string {
  const parts = new PartList();
  parts.add(['ring', 'arithmetic', 'softmax', 'decide', 'crc32']);
  for (const step of steps) parts.add(step.parts);
  if (frontEnd !== null)
    parts.add([
      isPowerOfFour(frontEnd.config.fft / 2) ? 'first_radix4' : 'first_radix2',
      'radix4',
      'spectrum',
      'level',
      ...(frontEnd.config.kind === 'mfcc' ? (['cepstrum'] as const) : []),
    ]);
  return parts.text();
}

function computeLine(planned: PlannedStep): string {
  const { arm, input, outputs } = planned;
  const ended = [input, ...alignedTensors(planned)].map(({ name }) => `s->${name}.ring.ended`).join(' && ');
  const marks = outputs.map(({ name }) => `s->${name}.ring.ended = 1;`);
  const mark = marks.length === 1 ? marks[0]! : `{\n${indent(marks.join('\n'))}\n}`;
  return `if (${readyCondition(planned)}) step_${arm.name}(s);\nelse if (${ended}) ${mark}`;
}

function logitExpression(scale: number): string {
  const exponent = Math.log2(scale) + 8;
  if (exponent === 0) return 'output[label]';
  if (exponent > 0) return `bitvox_saturate16(output[label] * ${2 ** exponent})`;
  return `(output[label] + ${2 ** (-exponent - 1)}) >> ${-exponent}`;
}

function scoresFunction({ plan, macro, decision }: ProjectContext): string {
  const { project, program, tensors } = plan;
  const output = tensors[program.output]!;
  return `/* Scores of the newest output frame, and the decision on them. */
static void finish(${project} *s)
{
    const int16_t *const output = ${output.name}_frame(s, s->${output.name}.ring.count - 1);
    int16_t average = 0;
    int32_t label;
    for (label = 0; label < ${macro}_LABELS; ++label) s->logits[label] = (int16_t)(${logitExpression(output.tensor.scale)});
    bitvox_softmax(s->scores, s->logits, ${macro}_LABELS);
    label = bitvox_decide(&s->decider, s->history, s->sums, s->thresholds, s->scores, ${macro}_LABELS, ${decision.window}, ${decision.pause}, &average);
    if (label < 0) return;
    if (s->event_count == ${EVENT_QUEUE}) take_event(s);
    s->events[s->event_count].label = label;
    s->events[s->event_count].score = average;
    s->events[s->event_count].time = s->time;
    s->event_count += 1;
}
`;
}

/** Frame numbers are made smaller long before they leave 32 bits, all by the same time, so that no step notices. */
function rebaseLines({ plan }: ProjectContext): string {
  const hops = plan.tensors.map(({ tensor }) => tensor.hop);
  const round = hops.reduce((all, hop) => (all * hop) / greatestCommonDivisor(all, hop), 1);
  const frames = round * Math.floor(2 ** 29 / round);
  const lines = plan.tensors.map(({ name, tensor }) => `s->${name}.ring.count -= ${frames / tensor.hop};`);
  return `if (s->${plan.tensors[0]!.name}.ring.count >= 1073741824) {\n${indent(lines.join('\n'))}\n}`;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function networkFunction(context: ProjectContext): string {
  const { project, steps, tensors, program } = context.plan;
  const output = tensors[program.output]!.name;
  return `/* Computes what the newest frame allows, at most one frame of every tensor. Returns 1 when there are new scores. */
static int32_t compute(${project} *s)
{
    const int32_t before = s->${output}.ring.count;
${indent(steps.map(computeLine).join('\n'))}
    if (s->${output}.ring.count == before) return 0;
    finish(s);
    return 1;
}
`;
}

function frameFunctions({ plan }: ProjectContext): string {
  const read = new Set<number>([plan.program.output]);
  plan.steps.forEach(({ arm }) => [arm.step.input, ...alignedOf(arm.step)].forEach((tensor) => read.add(tensor)));
  return plan.tensors
    .filter((_, index) => read.has(index))
    .map((tensor) => frameFunction(tensor, plan.project))
    .join('\n');
}

/** Whether all stages of a transform join four points. */
const isPowerOfFour = (points: number): boolean => Math.log2(points) % 2 === 0;

/** Calls of the stages of a transform, with their sizes as constants. */
function transformStages(points: number): readonly string[] {
  const first = isPowerOfFour(points) ? 4 : 2;
  const stages = [`bitvox_first_radix${first}(spectrum, ${points}, &transitions)`];
  for (let span = first; span < points; span *= 4) stages.push(`bitvox_radix4(spectrum, turns, ${points}, ${span}, ${points / (2 * span)}, &transitions)`);
  return stages;
}

/** Moves the samples that the next frame shares with this one to the front, two at a time where they stay together. */
function shiftLine(window: number, hop: number): string {
  if (hop % 2 === 1) return `for (i = 0; i < ${window - hop}; ++i) s->samples.each[i] = s->samples.each[i + ${hop}];`;
  return `for (i = 0; i < ${Math.ceil((window - hop) / 2)}; ++i) s->samples.pairs[i] = s->samples.pairs[i + ${hop / 2}];`;
}

function frontEndFunction({ plan: { project }, frontEnd }: ProjectContext): string {
  if (frontEnd === null) return '';
  const { fft, window, bands, kind, coefficients, hop } = { coefficients: 0, ...frontEnd.config };
  const points = fft / 2;
  const isCepstrum = kind === 'mfcc';
  const stages = transformStages(points);
  const store = isCepstrum ? 's->levels[band] = (int16_t)level;' : 's->frame[band] = (uint8_t)bitvox_clip((level + 64) >> 7, 0, 255);';
  const cepstrum = isCepstrum
    ? `    bitvox_cepstrum(s->frame, s->levels, cosine, cosine_offsets, ${coefficients}, ${bands}, ${frontEnd.tables.cosine!.shift + 7});\n`
    : '';
  return `/* The newest ${window} samples to a frame of ${isCepstrum ? `${coefficients} cepstral coefficients` : `${bands} log-mel levels`}. */
static void analyse(${project} *s)
{
    uint32_t *const spectrum = s->scratch.spectrum;
    const uint16_t *weights = mel_weights;
    uint32_t transitions;
    int32_t exponent = bitvox_window(spectrum, &transitions, s->samples.pairs, window, reversal, ${Math.ceil(window / 2)}, ${points});
    int32_t band;
${stages.map((stage) => `    exponent += ${stage};\n`).join('')}    bitvox_split(spectrum, turns, ${points});
    for (band = 0; band < ${bands}; ++band) {
        const int32_t level = bitvox_level(spectrum + mel_starts[band], weights, mel_counts[band], exponent, curve);
        ${store}
        weights += mel_counts[band];
    }
${cepstrum}}

int32_t ${project}_push(${project} *s, const int16_t *samples, uint32_t count)
{
    int32_t scores = 0;
    int32_t i;
    while (count > 0) {
        const int32_t room = ${window} - s->filled;
        const int32_t taken = count < (uint32_t)room ? (int32_t)count : room;
        for (i = 0; i < taken; ++i) s->samples.each[s->filled + i] = samples[i];
        samples += taken;
        count -= (uint32_t)taken;
        s->filled += taken;
        if (taken < room) break;
        analyse(s);
        ${shiftLine(window, hop)}
        s->filled = ${window - hop};
        scores += ${project}_push_frame(s, s->frame);
    }
    return scores;
}

`;
}

function publicFunctions(context: ProjectContext): string {
  const { plan, macro } = context;
  const { project, program, tensors } = plan;
  const input = tensors[0]!;
  const { bytes, checksum } = weightsChecksum(context);
  return `void ${project}_init(${project} *s)
{
    unsigned char *bytes = (unsigned char *)s;
    int32_t label;
    uint32_t byte;
    for (byte = 0; byte < sizeof *s; ++byte) bytes[byte] = 0;
    s->time = ${macro}_WINDOW - ${macro}_HOP;
    for (label = 0; label < ${macro}_LABELS; ++label) s->thresholds[label] = ${project}_model.thresholds[label];
}

${frontEndFunction(context)}int32_t ${project}_push_frame(${project} *s, const uint8_t *frame)
{
    int8_t *const x = ${input.frames}[s->${input.name}.ring.next];
    int32_t band;
    if (s->${input.name}.ring.ended) return 0;
    for (band = 0; band < ${macro}_BANDS; ++band) {
        s->frame[band] = frame[band];
        x[band] = (int8_t)(frame[band] - 128);
    }
    bitvox_advance(&s->${input.name}.ring, ${input.depth});
    s->time += ${macro}_HOP;
${indent(rebaseLines(context))}
    return compute(s);
}

int32_t ${project}_flush(${project} *s)
{
    s->${input.name}.ring.ended = 1;
    while (!s->${tensors[program.output]!.name}.ring.ended) {
        if (compute(s)) return 1;
    }
    return 0;
}

const int16_t *${project}_scores(const ${project} *s)
{
    return s->scores;
}

int ${project}_detect(${project} *s, ${project}_event *event)
{
    if (s->event_count == 0) return 0;
    *event = s->events[0];
    take_event(s);
    return 1;
}

void ${project}_set_threshold(${project} *s, int32_t label, int16_t threshold)
{
    if (label >= 0 && label < ${macro}_LABELS) s->thresholds[label] = threshold;
}

int ${project}_check(void)
{
    return bitvox_crc32((const unsigned char *)&${project}_weights, ${bytes}) == 0x${checksum.toString(16)}u ? 0 : 1;
}
`;
}

function modelText({ plan, decision, ...context }: ProjectContext): string {
  const { project, program } = plan;
  const { checksum } = weightsChecksum({ plan, decision, ...context });
  return `const ${project}_info ${project}_model = {
    ${stringLiteral(program.name)},
    { ${program.labels.map(stringLiteral).join(', ')} },
    { ${decision.thresholds.join(', ')} },
    0x${checksum.toString(16)}u
};
`;
}

/** The body of `<project>.c`, without its includes. */
export function sourceText(context: ProjectContext): string {
  const { plan, macro } = context;
  const { project } = plan;
  return [
    `/* The size that the header states. */\ntypedef char ${project}_size_is_known[sizeof(${project}) == ${macro}_STATE_BYTES ? 1 : -1];\n`,
    modelText(context),
    frameFunctions(context),
    ...context.steps.map(({ text }) => text),
    `static void take_event(${project} *s)
{
    int32_t event;
    s->event_count -= 1;
    for (event = 0; event < s->event_count; ++event) s->events[event] = s->events[event + 1];
}
`,
    scoresFunction(context),
    networkFunction(context),
    publicFunctions(context),
  ].join('\n');
}
