/** The README of a project: ten lines to the first detection. And its licence. */
import { comment } from '../c-text.ts';
import type { ProjectContext } from './context.ts';
import type { ArmReport } from './report.ts';

/** `README.md`. */
export function readmeText({ plan, frontEnd, time }: ProjectContext, { bytes }: ArmReport): string {
  const { project, program, core } = plan;
  const push = frontEnd === null ? `${project}_push_frame(&network, frame)` : `${project}_push(&network, samples, count)`;
  const what = frontEnd === null ? `frames of ${program.input.channels} bytes` : `16-bit samples, ${time.rate} a second, one channel`;
  return `# ${project}

Hears ${comment(program.labels.join(', '))}. C99, integers only, no heap; kernels for ${core}. Reads ${what}.

1. Add \`src/\` to your build, or use the CMake, ESP-IDF, Zephyr, Arduino, PlatformIO or CMSIS-Pack description in this folder.
2. \`#include "${project}.h"\` and \`static ${project} network;\` (${bytes.state} bytes of RAM; ${bytes.weights + bytes.tables} bytes of flash for weights and tables, code not counted).
3. \`${project}_init(&network);\`
4. For every piece of audio, of any length: \`${push};\`
5. \`while (${project}_detect(&network, &event)) puts(${project}_model.labels[event.label]);\`
6. Does it compute the same here? \`cmake -B build && cmake --build build && ctest --test-dir build\`, or link \`test/${project}_selftest.c\` on the device: 0 is right.
7. \`examples/\` has a program for each family of boards, \`report.json\` the kernel and the cost of every layer.
`;
}

/** \`LICENSE\`. */
export function licenseText({ plan: { project } }: ProjectContext): string {
  return `SPDX-License-Identifier: Apache-2.0

The code of ${project} was written by bitvox and is licensed under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0). The weights, and recordings among the golden vectors, belong to
whoever trained the model and made the recordings; their terms are not changed by the export.
`;
}
