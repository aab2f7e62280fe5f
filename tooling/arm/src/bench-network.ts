/** Rows of `results/arm.json` on the whole exported network of the zoo, on an emulated Cortex-M4: instructions, flash, RAM, time to the first score. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultRow } from '@bitvox/checks';
import { integerFrontEnd } from '@bitvox/features';
import { countedRun } from './count.ts';
import { build, type Compiler, missingFor, run } from './emulation.ts';
import { inFolder, writeFiles } from './toolchain.ts';
import { goldenClips, zooProject } from './zoo-project.ts';

const NAME = 'kws_dfsmn';
const TARGET = 'cortex-m4';
/** Stack that is painted before the network runs and searched afterwards. */
const STACK_BYTES = 16_384;

const HEAD = `#include "${NAME}_vectors.h"
#include "mark.h"
#include "print_number.h"
static ${NAME} network;
`;

/** Counts a recording from samples to scores, prints the deepest use of the stack, then counts the network alone over the same frames. */
const counting = (frames: number): string => `${HEAD}
__attribute__((noinline)) static void paint(void)
{
    volatile uint8_t stack[${STACK_BYTES}];
    int32_t at;
    for (at = 0; at < ${STACK_BYTES}; ++at) stack[at] = 0x5a;
}
__attribute__((noinline)) static int32_t used(void)
{
    volatile uint8_t stack[${STACK_BYTES}];
    int32_t at = 0;
    while (at < ${STACK_BYTES} && stack[at] == 0x5a) ++at;
    return ${STACK_BYTES} - at;
}
int main(void)
{
    int32_t at;
    ${NAME}_init(&network);
    paint();
    BITVOX_MARK();
    ${NAME}_push(&network, vectors[0].samples, vectors[0].sample_count);
    BITVOX_MARK();
    print_number(used());
    ${NAME}_init(&network);
    BITVOX_MARK();
    for (at = 0; at < ${frames}; ++at) ${NAME}_push_frame(&network, vectors[0].frames + at * ${NAME.toUpperCase()}_BANDS);
    BITVOX_MARK();
    return 0;
}
`;

/** What an application links: everything but the recordings. */
const APPLICATION = `#include "${NAME}.h"
static ${NAME} network;
static int16_t samples[1];
int main(void)
{
    ${NAME}_event event;
    ${NAME}_init(&network);
    ${NAME}_push(&network, samples, 1);
    return ${NAME}_detect(&network, &event) + ${NAME}_scores(&network)[0];
}
`;

/** Bytes of a 32-bit ELF file that are loaded. */
function loadedBytes(path: string): number {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [table, size, count] = [view.getUint32(28, true), view.getUint16(42, true), view.getUint16(44, true)];
  let bytes = 0;
  for (let entry = table; entry < table + size * count; entry += size) if (view.getUint32(entry, true) === 1) bytes += view.getUint32(entry + 16, true);
  return bytes;
}

/** What a build of the network costs. */
interface NetworkCosts {
  readonly compiler: Compiler;
  readonly networkPerSecond: number;
  readonly frontEndPerFrame: number;
  readonly flash: number;
  readonly stack: number;
}

async function costsBy(compiler: Compiler, plugin: string): Promise<NetworkCosts> {
  const { files, report } = await zooProject({ core: TARGET, layout: 'single-file' });
  const [clip] = await goldenClips();
  let frames = 0;
  integerFrontEnd(undefined, { backend: 'reference' }).push(clip!.samples, () => frames++);
  return inFolder((folder) => {
    writeFiles(folder, [...files, ['counting.c', counting(frames)], ['application.c', APPLICATION], ['empty.c', 'int main(void)\n{\n    return 0;\n}\n']]);
    const link = (...sources: readonly string[]): string => build({ target: TARGET, compiler, folder, sources: sources.map((source) => join(folder, source)) });
    const flash = loadedBytes(link('application.c', `${NAME}.c`)) - loadedBytes(link('empty.c'));
    const { counts, output, status } = countedRun(TARGET, link('counting.c', `${NAME}.c`), plugin, folder);
    if (status !== 0 || counts.length !== 2) throw new Error(`the network ended with ${status}: ${output}`);
    const [whole, network] = counts as [number, number];
    return {
      compiler,
      networkPerSecond: Math.round((network / frames) * report.framesPerSecond),
      frontEndPerFrame: Math.round((whole - network) / frames),
      flash,
      stack: Number(output),
    };
  });
}

/** Seconds from a model to the scores of its first recording under emulation. */
async function secondsToScore(): Promise<number> {
  const started = performance.now();
  const { files } = await zooProject({ core: TARGET, layout: 'single-file' });
  await inFolder((folder) => {
    writeFiles(folder, files);
    const program = build({ target: TARGET, compiler: 'clang', folder, sources: [join(folder, `${NAME}.c`), join(folder, `${NAME}_selftest.c`)] });
    const { status, stdout, stderr } = run(TARGET, program);
    if (status !== 0) throw new Error(`the self-test ended with ${status}: ${stdout}${stderr}`);
  });
  return Math.round((performance.now() - started) / 100) / 10;
}

/** Rows of the results file. */
export async function networkRows(plugin: string): Promise<readonly ResultRow[]> {
  const seconds = await secondsToScore();
  const { report } = await zooProject({ core: TARGET, layout: 'single-file' });
  const compilers = (['clang', 'gcc'] as const).filter((compiler) => missingFor(TARGET, compiler) === undefined);
  const costs: NetworkCosts[] = [];
  for (const compiler of compilers) costs.push(await costsBy(compiler, plugin));
  const best = (of: (cost: NetworkCosts) => number): NetworkCosts => costs.reduce((a, b) => (of(b) < of(a) ? b : a));
  const frontEnd = best(({ frontEndPerFrame }) => frontEndPerFrame);
  const network = best(({ networkPerSecond }) => networkPerSecond);
  const { flash, stack, compiler } = network;
  const note = (by: Compiler): string => `${by} -O2; counted under emulation, not measured on silicon`;
  const ram = report.bytes.state + stack;
  const what = 'zoo:dfsmn-12-w1a1 on Cortex-M4';
  return [
    {
      id: 'm4-log-mel',
      what: 'integer log-mel of a 512-point frame on Cortex-M4',
      figure: frontEnd.frontEndPerFrame,
      unit: 'instructions',
      must: '<= 28000',
      aim: '<= 20000',
      note: note(frontEnd.compiler),
    },
    {
      id: 'm4-net-instructions',
      what: `${what}, network alone, per second of audio`,
      figure: network.networkPerSecond,
      unit: 'instructions',
      must: '<= 2500000',
      aim: '<= 1100000',
      note: note(compiler),
    },
    { id: 'm4-flash', what: `${what}, with front end`, figure: flash, unit: 'bytes', must: '<= 40960', aim: '<= 16384', note: note(compiler) },
    {
      id: 'm4-ram',
      what: `${what}, with front end`,
      figure: ram,
      unit: 'bytes',
      must: '<= 16384',
      aim: '<= 8192',
      note: `state ${report.bytes.state}, stack ${stack}; ${note(compiler)}`,
    },
    {
      id: 'export-to-score-seconds',
      what: `${what}, from the model file to the scores of three recordings under emulation, without installation`,
      figure: seconds,
      unit: 's',
      must: '<= 20',
      aim: '<= 5',
    },
  ];
}
