/** A C program that runs exported networks over given frames and prints every set of logits and scores, and every detection. */
import { armProject, type ArmOptions } from '@bitvox/arm';
import { createSession, Decider, type Program } from '@bitvox/runtime';

/** A network with the frames it is run over. */
export interface DriverCase {
  readonly program: Program;
  /** `[frame][band]`. */
  readonly frames: Uint8Array;
}

/** Files of a program that runs all cases one after the other; it needs `bitvox_print`. */
export function driverFiles(cases: readonly DriverCase[], core: ArmOptions['core']): Map<string, string> {
  const files = new Map<string, string>();
  const names = cases.map(({ program, frames }, index) => {
    const project = `net${index}`;
    for (const [path, text] of armProject(program, { core, name: project, layout: 'single-file' }).files) {
      if (!path.includes('_selftest')) files.set(path, text);
    }
    files.set(`${project}_run.h`, runText(project, frames, program.input.channels));
    return project;
  });
  const includes = names.map((project) => `#include "${project}_run.h"\n`).join('');
  const calls = names.map((project) => `    ${project}_run();`).join('\n');
  return new Map([['main.c', `#include "print_number.h"\n${includes}\nint main(void)\n{\n${calls}\n    return 0;\n}\n`], ...files]);
}

function runText(project: string, frames: Uint8Array, bands: number): string {
  return `#include "${project}.h"
static const uint8_t ${project}_frames[${frames.length}] = { ${frames.join(',')} };
static ${project} ${project}_state;
static void ${project}_print(void)
{
    ${project}_event event;
    int label;
    bitvox_print("${project}");
    for (label = 0; label < ${project.toUpperCase()}_LABELS; ++label) {
        bitvox_print(" ");
        print_number(${project}_state.logits[label]);
        bitvox_print(":");
        print_number(${project}_scores(&${project}_state)[label]);
    }
    while (${project}_detect(&${project}_state, &event)) {
        bitvox_print(" heard ");
        print_number(event.label);
        bitvox_print(" ");
        print_number(event.score);
        bitvox_print(" ");
        print_number(event.time);
    }
    bitvox_print("\\n");
}
static void ${project}_run(void)
{
    unsigned char *const bytes = (unsigned char *)&${project}_state;
    uint32_t at;
    /* Poison: nothing may depend on what lay in memory before. */
    for (at = 0; at < sizeof ${project}_state; ++at) bytes[at] = 0xa5;
    if (${project}_check() != 0) bitvox_print("${project} has damaged weights\\n");
    ${project}_init(&${project}_state);
    for (at = 0; at < ${frames.length / bands}; ++at) {
        if (${project}_push_frame(&${project}_state, ${project}_frames + at * ${bands})) ${project}_print();
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
