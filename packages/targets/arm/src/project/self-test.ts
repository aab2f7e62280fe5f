/** The self-test of a project: golden vectors as constant arrays, and a function that compares every frame, score and detection. */
import { comment, numberLines } from '../c-text.ts';
import { banner, header } from './banner.ts';
import type { ProjectContext } from './context.ts';
import type { GoldenVector } from './golden.ts';

function vectorArrays({ samples, frames, scores, events, name, silence }: GoldenVector, index: number, project: string): string {
  const array = (type: 'int16_t' | 'uint8_t', role: string, values: ArrayLike<number>): string =>
    `static const ${type} ${role}_${index}[${Math.max(1, values.length)}] = {\n${numberLines(values.length === 0 ? [0] : values, type, '    ')}\n};\n`;
  const eventLines = events.map(({ label, score, time }) => `    { ${label}, ${score}, ${time}u }`);
  return [
    `/* ${comment(name)}: ${samples.length} samples, then ${silence} of silence */`,
    array('int16_t', 'samples', samples),
    array('uint8_t', 'frames', frames),
    array('int16_t', 'scores', scores),
    `static const ${project}_event events_${index}[${Math.max(1, events.length)}] = {\n${eventLines.length === 0 ? '    { 0, 0, 0 }' : eventLines.join(',\n')}\n};\n`,
  ].join('\n');
}

/** `test/<project>_vectors.h`. */
export function vectorsHeader(context: ProjectContext, vectors: readonly GoldenVector[]): string {
  const { project, program } = context.plan;
  const bands = program.input.channels;
  const rows = vectors.map(
    ({ samples, silence, frames, scores, events }, index) =>
      `    { samples_${index}, ${samples.length}, ${silence}, frames_${index}, ${frames.length / bands}, scores_${index}, ${scores.length / program.labels.length}, events_${index}, ${events.length} }`,
  );
  const body = `#include "${project}.h"

/* A recording and all that it gives. */
typedef struct {
    const int16_t *samples;
    uint32_t sample_count;
    uint32_t silence; /* samples of silence behind the recording */
    const uint8_t *frames;
    int32_t frame_count;
    const int16_t *scores;
    int32_t score_count;
    const ${project}_event *events;
    int32_t event_count;
} ${project}_vector;

${vectors.map((vector, index) => vectorArrays(vector, index, project)).join('\n')}
static const ${project}_vector vectors[${vectors.length}] = {
${rows.join(',\n')}
};
`;
  return banner(context, 'Golden vectors: recordings, and what the reference makes of them.') + header(context, '_VECTORS', body);
}

/** `test/<project>_selftest.c`. */
export function selfTestSource(context: ProjectContext, vectors: readonly GoldenVector[]): string {
  const { macro, plan } = context;
  const { project } = plan;
  const head = banner(context, `${project}_selftest returns 0 when this device computes every frame, score and detection of the golden vectors.`);
  const main = `int main(void)
{
    return ${project}_selftest();
}
`;
  if (vectors.length === 0) {
    return `${head}#include "${project}.h"\n\nint ${project}_selftest(void);\n\nint ${project}_selftest(void)\n{\n    return ${project}_check();\n}\n\n${main}`;
  }
  return `${head}#include "${project}_vectors.h"

/* 1: damaged weights; 2: a wrong frame; 3: wrong scores; 4: a wrong detection; 5: not as many of them as there should be. */
enum { RIGHT, WRONG_WEIGHTS, WRONG_FRAME, WRONG_SCORES, WRONG_EVENT, WRONG_COUNT };

/* Samples of one push: no divisor of anything, and at most one frame. */
#define PIECE ${Math.max(1, Math.min(97, context.time.hop))}u

/* What has been compared. */
typedef struct {
    int32_t frames;
    int32_t scores;
    int32_t events;
} progress;

static ${project} network;

static int compare_scores(const ${project}_vector *vector, progress *done)
{
    ${project}_event event;
    int32_t label;
    if (done->scores == vector->score_count) return WRONG_COUNT;
    for (label = 0; label < ${macro}_LABELS; ++label) {
        if (${project}_scores(&network)[label] != vector->scores[done->scores * ${macro}_LABELS + label]) return WRONG_SCORES;
    }
    done->scores += 1;
    while (${project}_detect(&network, &event)) {
        const ${project}_event *const expected = vector->events + done->events;
        if (done->events == vector->event_count) return WRONG_COUNT;
        if (event.label != expected->label || event.score != expected->score || event.time != expected->time) return WRONG_EVENT;
        done->events += 1;
    }
    return RIGHT;
}

static int compare_push(const ${project}_vector *vector, const int16_t *samples, uint32_t count, progress *done)
{
    const uint32_t before = network.time;
    const int32_t scores = ${project}_push(&network, samples, count);
    int32_t band;
    if (network.time != before) {
        if (done->frames == vector->frame_count) return WRONG_COUNT;
        for (band = 0; band < ${macro}_BANDS; ++band) {
            if (network.frame[band] != vector->frames[done->frames * ${macro}_BANDS + band]) return WRONG_FRAME;
        }
        done->frames += 1;
    }
    return scores == 0 ? RIGHT : compare_scores(vector, done);
}

static int compare_vector(const ${project}_vector *vector)
{
    static const int16_t silence[PIECE] = { 0 };
    progress done = { 0, 0, 0 };
    uint32_t at = 0;
    int result = RIGHT;
    ${project}_init(&network);
    while (at < vector->sample_count + vector->silence) {
        const int is_silence = at >= vector->sample_count;
        const uint32_t left = (is_silence ? vector->sample_count + vector->silence : vector->sample_count) - at;
        const uint32_t count = left < PIECE ? left : PIECE;
        result = compare_push(vector, is_silence ? silence : vector->samples + at, count, &done);
        if (result != RIGHT) return result;
        at += count;
    }
    while (${project}_flush(&network)) {
        result = compare_scores(vector, &done);
        if (result != RIGHT) return result;
    }
    return done.frames == vector->frame_count && done.scores == vector->score_count && done.events == vector->event_count ? RIGHT : WRONG_COUNT;
}

int ${project}_selftest(void);

int ${project}_selftest(void)
{
    int32_t index;
    int result = ${project}_check() == 0 ? RIGHT : WRONG_WEIGHTS;
    for (index = 0; index < ${vectors.length} && result == RIGHT; ++index) result = compare_vector(vectors + index);
    return result;
}

${main}`;
}
