/** The public header: constants, labels, the structure of the state, the functions. */
import { comment, identifier, Names } from '../c-text.ts';
import { PART_TEXTS } from '../generated/parts.ts';
import { banner, externC, header } from './banner.ts';
import type { ProjectContext } from './context.ts';
import { EVENT_QUEUE, stateLines, stateMembers } from './state.ts';

/** Ends of macros that a label must not be called. */
const RESERVED = [
  'H',
  'RUNTIME_H',
  'WEIGHTS_H',
  'TABLES_H',
  'VECTORS_H',
  'SAMPLE_RATE',
  'BANDS',
  'WINDOW',
  'HOP',
  'SCORE_HOP',
  'FIRST_SCORE',
  'STATE_BYTES',
  'LABELS',
];

function labelLines({ plan, macro }: ProjectContext): string {
  const names = new Names(RESERVED.map((name) => `${macro}_${name}`));
  const labels = plan.program.labels.map(
    (label, index) => `    ${names.take(`${macro}_${identifier(label).toUpperCase()}`)} = ${index}, /* ${comment(label)} */`,
  );
  return [...labels, `    ${macro}_LABELS = ${plan.program.labels.length} /* how many labels there are */`].join('\n');
}

function constantLines({ plan, macro, time, frontEnd }: ProjectContext, stateBytes: number): string {
  const unit = frontEnd === null ? 'milliseconds' : 'samples';
  const { hop, delay } = plan.program.tensors[plan.program.output]!;
  return [
    ...(frontEnd === null ? [] : [`#define ${macro}_SAMPLE_RATE ${time.rate} /* samples per second, one channel of 16 bits */`]),
    `#define ${macro}_BANDS ${plan.program.input.channels} /* values of a frame */`,
    `#define ${macro}_WINDOW ${time.window} /* ${unit} that a frame looks at */`,
    `#define ${macro}_HOP ${time.hop} /* ${unit} from one frame to the next */`,
    `#define ${macro}_SCORE_HOP ${hop} /* frames from one set of scores to the next */`,
    `#define ${macro}_FIRST_SCORE ${delay + 1} /* frames until there are scores */`,
    `#define ${macro}_STATE_BYTES ${stateBytes} /* size of the state, the same on every core */`,
  ].join('\n');
}

function audioFunctions({ plan: { project }, frontEnd }: ProjectContext): string {
  if (frontEnd === null) return '';
  return `/* Takes any number of samples. Returns how many new sets of scores they completed. */
int32_t ${project}_push(${project} *s, const int16_t *samples, uint32_t count);

`;
}

function functionLines(context: ProjectContext): string {
  const { project } = context.plan;
  const { macro } = context;
  return `/* Starts anew. Must be called before anything else. */
void ${project}_init(${project} *s);

${audioFunctions(context)}/* Takes one frame of ${macro}_BANDS values, as the front end computes them. Returns 1 when there are new scores. */
int32_t ${project}_push_frame(${project} *s, const uint8_t *frame);

/* Ends the signal: what waits for later frames is computed as if they were padding. Returns 1 for every new set of scores, then 0. */
int32_t ${project}_flush(${project} *s);

/* The newest scores, ${macro}_LABELS of them, 0 to 32767. */
const int16_t *${project}_scores(const ${project} *s);

/* Fetches the oldest detection that was not fetched yet and returns 1, or returns 0. Up to ${EVENT_QUEUE} wait; of more the oldest are lost. */
int ${project}_detect(${project} *s, ${project}_event *event);

/* Reports a label from this score on (0 to 32767), or never (-1). */
void ${project}_set_threshold(${project} *s, int32_t label, int16_t threshold);

/* 0 when the weights in memory are those that were exported. */
int ${project}_check(void);`;
}

/** `<project>.h`. */
export function publicHeader(context: ProjectContext): string {
  const { project } = context.plan;
  const { bytes } = stateMembers(context);
  const types = `enum {
${labelLines(context)}
};

/* A word that was heard. */
typedef struct {
    int32_t label;  /* index of the label */
    int32_t score;  /* average score, 0 to 32767 */
    uint32_t time;  /* end of the audio that decided, in ${context.frontEnd === null ? 'milliseconds' : 'samples'} from the start, modulo 2^32 */
} ${project}_event;

/* What the model is. */
typedef struct {
    const char *name;
    const char *labels[${context.plan.program.labels.length}];
    int16_t thresholds[${context.plan.program.labels.length}]; /* score at which a label is reported, -1 for never */
    uint32_t weights_checksum; /* CRC-32 of ${project}_weights */
} ${project}_info;

extern const ${project}_info ${project}_model;

/* What changes while it runs. The caller owns it; there may be several. The members are private. */
typedef struct {
${stateLines(context)}
} ${project};
`;
  const body = `#include <stdint.h>\n\n${externC(`${constantLines(context, bytes)}\n\n${PART_TEXTS.state_types}\n${types}\n${functionLines(context)}`)}`;
  return banner(context, 'The public interface: init, then push samples and fetch scores or detections.') + header(context, '', body);
}
