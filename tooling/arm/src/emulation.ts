/**
 * Emulated cores: how a freestanding program is built for each and how it is run. Nothing is needed but clang and lld 14 and QEMU; the GNU
 * compilers are used where they are there. `-cpu` and the machines refuse instructions that a core lacks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORES, type CoreName } from '@bitvox/arm';
import { command, type CommandResult, hasTool, missingTool, succeed } from './toolchain.ts';

/** A compiler family. */
export type Compiler = 'clang' | 'gcc';

/** An area of memory. */
interface Area {
  readonly start: number;
  readonly bytes: number;
}

interface Target {
  readonly triple: string;
  /** Command of the GNU compiler. */
  readonly gcc: string;
  /** Command that runs it, without the program. */
  readonly emulator: readonly string[];
  /** Bare metal only. */
  readonly memory?: { readonly rom: Area; readonly ram: Area };
}

const KILO = 1024;
const MEGA = KILO * KILO;
const FLAT = { rom: { start: 0, bytes: 4 * MEGA }, ram: { start: 0x2000_0000, bytes: 4 * MEGA } };

function machine(name: string, triple: string, memory: Target['memory'] = FLAT): Target {
  const emulator = [
    'qemu-system-arm',
    '-M',
    name,
    '-nographic',
    '-monitor',
    'none',
    '-serial',
    'none',
    '-semihosting-config',
    'enable=on,target=native',
    '-kernel',
  ];
  return { triple, gcc: 'arm-none-eabi-gcc', emulator, memory: memory! };
}

const HARD = 'none-eabihf';

/** Every core that can be emulated. */
export const TARGETS = {
  microbit: machine('microbit', 'thumbv6m-none-eabi', { rom: { start: 0, bytes: 256 * KILO }, ram: { start: 0x2000_0000, bytes: 16 * KILO } }),
  'cortex-m0plus': machine('mps2-an385', 'thumbv6m-none-eabi'),
  'cortex-m3': machine('mps2-an385', 'thumbv7m-none-eabi'),
  'cortex-m4': machine('mps2-an386', `thumbv7em-${HARD}`),
  'cortex-m7': machine('mps2-an500', `thumbv7em-${HARD}`),
  'cortex-m33': machine('mps2-an505', `thumbv8m.main-${HARD}`, { rom: { start: 0x1000_0000, bytes: 4 * MEGA }, ram: { start: 0x3800_0000, bytes: 4 * MEGA } }),
  'cortex-m55': machine('mps3-an547', `thumbv8.1m.main-${HARD}`, { rom: { start: 0, bytes: 512 * KILO }, ram: { start: 0x2100_0000, bytes: 2 * MEGA } }),
  'cortex-a7': { triple: 'arm-linux-gnueabihf', gcc: 'arm-linux-gnueabihf-gcc', emulator: ['qemu-arm', '-cpu', 'cortex-a7'] },
  'cortex-a53': { triple: 'aarch64-linux-gnu', gcc: 'aarch64-linux-gnu-gcc', emulator: ['qemu-aarch64', '-cpu', 'cortex-a53'] },
  'cortex-a76': { triple: 'aarch64-linux-gnu', gcc: 'aarch64-linux-gnu-gcc', emulator: ['qemu-aarch64', '-cpu', 'cortex-a76'] },
} as const satisfies Readonly<Record<Exclude<CoreName, 'portable'> | 'microbit', Target>>;

/** The name of an emulated core. */
export type TargetName = keyof typeof TARGETS;

/** The core that a target emulates. */
export const coreOf = (target: TargetName): Exclude<CoreName, 'portable'> => (target === 'microbit' ? 'cortex-m0plus' : target);

/** The command that compiles for a target. */
export const compilerOf = (target: TargetName, compiler: Compiler): string => (compiler === 'clang' ? 'clang-14' : TARGETS[target].gcc);

/** What is absent of all that builds and runs for a target. The GNU compilers are second ones, never required. */
export function missingFor(target: TargetName, compiler: Compiler): string | undefined {
  const needed = compilerOf(target, compiler);
  if (compiler === 'gcc' && !hasTool(needed)) return needed;
  return missingTool(needed, 'ld.lld-14', TARGETS[target].emulator[0]!);
}

/** The folder of start-up files and everything else in C that programs here are built with. */
export const SUPPORT = fileURLToPath(new URL('../c', import.meta.url));

/** A file of it. */
export const supportFile = (name: string): string => join(SUPPORT, name);

/** The linker script of a target with its memory, perhaps that of a smaller chip. */
function linkerScript({ rom, ram }: NonNullable<Target['memory']>): string {
  const values: Readonly<Record<string, number>> = { ROM_START: rom.start, ROM_BYTES: rom.bytes, RAM_START: ram.start, RAM_BYTES: ram.bytes };
  return readFileSync(supportFile('cortex_m.ld'), 'utf8').replaceAll(/@(\w+)@/g, (_, name: string) => String(values[name]));
}

/** What a program is built from. */
export interface BuildRequest {
  readonly target: TargetName;
  readonly compiler: Compiler;
  /** Where sources lie and the program goes. */
  readonly folder: string;
  readonly sources: readonly string[];
  /** Further arguments of the compiler; `-O2` where none is given. */
  readonly flags?: readonly string[];
  /** Flash and RAM of a chip, in bytes. */
  readonly chip?: { readonly rom: number; readonly ram: number };
}

/** Builds `program` in the folder and returns its path; throws with the messages of the compiler. */
export function build({ target, compiler, folder, sources, flags = ['-O2'], chip }: BuildRequest): string {
  const { triple, memory }: Target = TARGETS[target];
  const program = join(folder, 'program');
  const isBare = memory !== undefined;
  const machineFlags = compiler === 'clang' ? [`--target=${triple}`, '-fuse-ld=lld-14', ...CORES[coreOf(target)].flags] : [...CORES[coreOf(target)].flags];
  if (isBare) {
    const { rom, ram } = memory;
    writeFileSync(
      join(folder, 'memory.ld'),
      linkerScript({ rom: { start: rom.start, bytes: chip?.rom ?? rom.bytes }, ram: { start: ram.start, bytes: chip?.ram ?? ram.bytes } }),
    );
  }
  const parameters = [
    ...machineFlags,
    '-std=c99',
    '-ffreestanding',
    '-ffunction-sections',
    '-fdata-sections',
    '-nostdlib',
    '-static',
    '-Wl,--gc-sections',
    `-I${SUPPORT}`,
    ...flags,
    ...(isBare ? ['-T', join(folder, 'memory.ld'), supportFile('start_cortex_m.c')] : [supportFile('start_linux.c')]),
    supportFile('support.c'),
    ...sources,
    ...(compiler === 'gcc' ? ['-lgcc'] : []),
    '-o',
    program,
  ];
  succeed(compilerOf(target, compiler), parameters, folder);
  return program;
}

/** Runs a program on its core. */
export function run(target: TargetName, program: string): CommandResult {
  const [emulator, ...parameters] = TARGETS[target].emulator;
  return command(emulator, [...parameters, program], undefined, undefined, 30);
}
