/** A C program that runs exported networks over given frames and prints every set of logits and scores, and every detection. */
import { armProject, type ArmOptions } from '@bitvox/arm';
import { createSession, Decider, type Program } from '@bitvox/runtime';

/** A network with the frames it is run over. */
export interface DriverCase {
  readonly program: Program;
  /** `[frame][band]`. */
  readonly frames: Uint8Array;
}

/** Files of a program that runs all cases one after the other; the first is the one with `main`. */
export function driverFiles(cases: readonly DriverCase[], core: ArmOptions['core']): Map<string, string> {
  const files = new Map<string, string>();
  const lines = cases.map(({ program, frames }, index) => {
    const project = `net${index}`;
    for (const [path, text] of armProject(program, { core, name: project, layout: 'single-file' }).files) {
      if (!path.includes('_selftest')) files.set(path, text);
    }
    files.set(`${project}_run.h`, runText(project, frames, program.input.channels));
    return project;
  });
  const main = `#include <stdio.h>\n#include <string.h>\n${lines.map((project) => `#include "${project}_run.h"\n`).join('')}
int main(void)
{
${lines.map((project) => `    ${project}_run();`).join('\n')}
    return 0;
}
`;
  return new Map([['main.c', main], ...files]);
}

function runText(project: string, frames: Uint8Array, bands: number): string {
  const count = frames.length / bands;
  return `#include "${project}.h"
static const uint8_t ${project}_frames[${Math.max(1, frames.length)}] = { ${frames.join(',')} };
static ${project} ${project}_state;
static void ${project}_print(void)
{
    ${project}_event event;
    int label;
    printf("${project}");
    for (label = 0; label < ${project.toUpperCase()}_LABELS; ++label) printf(" %d:%d", ${project}_state.logits[label], ${project}_scores(&${project}_state)[label]);
    while (${project}_detect(&${project}_state, &event)) printf(" heard %d %d %u", (int)event.label, (int)event.score, (unsigned)event.time);
    printf("\\n");
}
static void ${project}_run(void)
{
    int frame;
    memset(&${project}_state, 0xa5, sizeof ${project}_state);
    if (${project}_check() != 0) printf("${project} weights are damaged\\n");
    ${project}_init(&${project}_state);
    for (frame = 0; frame < ${count}; ++frame) {
        if (${project}_push_frame(&${project}_state, ${project}_frames + frame * ${bands})) ${project}_print();
    }
    while (${project}_flush(&${project}_state)) ${project}_print();
}
`;
}

/** What the program should print, by the reference executor and the runtime's decisions. */
export function expectedLines(cases: readonly DriverCase[]): readonly string[] {
  return cases.flatMap(({ program, frames }, index) => {
    const stream = createSession(program, { backend: 'reference' }).stream({ block: 1 });
    const decider = new Decider(program.labels, program.decision, stream.step);
    const lines: string[] = [];
    const take: Parameters<typeof stream.flush>[0] = ({ logits, values, time }) => {
      const heard = decider.push(values, time);
      const event = heard === undefined ? '' : ` heard ${heard.index} ${heard.score} ${heard.time}`;
      lines.push(`net${index} ${Array.from(logits, (logit, label) => `${logit}:${values[label]}`).join(' ')}${event}`);
    };
    stream.pushFrames(frames, take);
    stream.flush(take);
    return lines;
  });
}
