/** Rows of `results/arm.json`: instructions that kernels execute per 128 products, counted under emulation for every core and compiler. */
import { ARM_KERNELS, BLOCK_KERNELS, CORES } from '@bitvox/arm';
import type { ResultRow } from '@bitvox/checks';
import { type Compiler, coreOf, missingFor, type TargetName } from './emulation.ts';
import { countKernel, drawCase, type KernelCase, type KernelShape, productsOf } from './kernel-bench.ts';

const FRAMES = 32;
const USUAL_SIZE = 256;
const SIZES = [64, USUAL_SIZE];
const TARGETS = [
  'cortex-m0plus',
  'cortex-m3',
  'cortex-m4',
  'cortex-m7',
  'cortex-m33',
  'cortex-m55',
  'cortex-a53',
  'cortex-a76',
] as const satisfies readonly TargetName[];
const COMPILERS = ['clang', 'gcc'] as const satisfies readonly Compiler[];

/** A row that stands for one core: the best compiler counts. */
interface Headline {
  readonly id: string;
  readonly kernel: string;
  readonly target: (typeof TARGETS)[number];
  readonly size: number;
  readonly must: number;
  readonly aim: number;
  readonly what: string;
}

const HEADLINES: readonly Headline[] = [
  {
    id: 'a64-gemm',
    kernel: 'conv1d_1x1_i32__tree4',
    target: 'cortex-a76',
    size: 256,
    must: 3.6,
    aim: 3.4,
    what: '1-bit products on AArch64, four frames a call',
  },
  {
    id: 'a64-gemm-pack',
    kernel: 'conv1d_1x1_bit__tree4_threshold',
    target: 'cortex-a76',
    size: 256,
    must: 3.9,
    aim: 3.6,
    what: '1-bit products on AArch64 with limits and packing, four frames a call',
  },
  {
    id: 'm4-gemm',
    kernel: 'conv1d_1x1_bit__minority_threshold',
    target: 'cortex-m4',
    size: 256,
    must: 35,
    aim: 25,
    what: '1-bit products on Cortex-M4 with limits and packing',
  },
  {
    id: 'm4-pointwise-64',
    kernel: 'conv1d_1x1_bit__minority_threshold',
    target: 'cortex-m4',
    size: 64,
    must: 52,
    aim: 40,
    what: '1-bit products on Cortex-M4 with limits and packing',
  },
  {
    id: 'm4-w1a8',
    kernel: 'conv1d_1xint8_i32__subsets2',
    target: 'cortex-m4',
    size: 256,
    must: 62,
    aim: 56,
    what: '1-bit weights times 8-bit values on Cortex-M4, two frames a call',
  },
  {
    id: 'm0-w1a8',
    kernel: 'conv1d_1xint8_i32__subsets2',
    target: 'cortex-m0plus',
    size: 256,
    must: 100,
    aim: 90,
    what: '1-bit weights times 8-bit values on Cortex-M0+, two frames a call',
  },
  {
    id: 'm55-gemm',
    kernel: 'conv1d_1x1_bit__minority_threshold_vector',
    target: 'cortex-m55',
    size: 256,
    must: 11,
    aim: 9,
    what: '1-bit products on Cortex-M55 with limits and packing',
  },
];

const KERNELS = [...ARM_KERNELS.filter(({ op }) => op.endsWith('conv1d')).map((kernel) => ({ kernel, frames: 1 })), ...BLOCK_KERNELS];

/** The shape that a kernel is counted with: what its name says, square. */
function shapeOf(name: string, writes: string, size: number): KernelShape {
  const [, op, weights, activations] = /^((?:depthwise-)?conv1d)_(1|8)x(1|int8)_/.exec(name)!;
  return {
    op: op as KernelShape['op'],
    inputs: size,
    outputs: size,
    taps: op === 'conv1d' ? 1 : 9,
    weightBits: weights === '1' ? 1 : 8,
    format: activations === '1' ? 'sign' : 'i8',
    epilogue: writes === 'outputs' ? 'threshold' : 'none',
  };
}

/** The case of a kernel that is counted. */
function benchCase({ kernel, frames }: (typeof KERNELS)[number], size: number): KernelCase {
  return { kernel, shape: shapeOf(kernel.name, kernel.writes, size), block: frames, calls: FRAMES / frames, seed: 1, isBalanced: true };
}

const rounded = (figure: number): number => Math.round(figure * 1000) / 1000;

/** Instructions per 128 products of one kernel. */
function figureOf(entry: (typeof KERNELS)[number], size: number, target: TargetName, compiler: Compiler, plugin: string, folder: string): number {
  const kernelCase = benchCase(entry, size);
  return rounded((128 * countKernel(kernelCase, target, compiler, plugin, folder)) / productsOf(kernelCase));
}

/** A count with what was counted. */
export interface KernelCount {
  readonly id: string;
  readonly kernel: string;
  readonly target: (typeof TARGETS)[number];
  readonly compiler: Compiler;
  readonly size: number;
  readonly figure: number;
}

/** Counts of all kernels, or of those that `isWanted`. */
export function countKernels(plugin: string, folder: string, isWanted: (id: string) => boolean = () => true): readonly KernelCount[] {
  const counts: KernelCount[] = [];
  for (const entry of KERNELS) {
    const { name } = entry.kernel;
    for (const target of TARGETS.filter((candidate) => entry.kernel.runsOn(CORES[coreOf(candidate)]))) {
      for (const size of SIZES) {
        if (size !== USUAL_SIZE && !HEADLINES.some((line) => line.kernel === name && line.target === target && line.size === size)) continue;
        if (!entry.kernel.fits(drawCase(benchCase(entry, size)).step)) continue;
        for (const compiler of COMPILERS.filter((candidate) => missingFor(target, candidate) === undefined)) {
          const id = `${name.replaceAll(/_+/g, '-')}-${size}-${target}-${compiler}`;
          if (isWanted(id)) counts.push({ id, kernel: name, target, compiler, size, figure: figureOf(entry, size, target, compiler, plugin, folder) });
        }
      }
    }
  }
  return counts;
}

const UNIT = 'instructions per 128 products';
const NOTE =
  'counted under emulation, not measured on silicon; -O2; calls, lists, tables and results included; frames with as many signs of one kind as of the other';

/** Rows of the results file: those with lines to reach, then all. */
export function kernelRows(counts: readonly KernelCount[]): readonly [headlines: readonly ResultRow[], all: readonly ResultRow[]] {
  const headlines = HEADLINES.map(({ id, kernel, target, size, must, aim, what }): ResultRow => {
    const candidates = counts.filter((count) => count.kernel === kernel && count.target === target && count.size === size);
    const best = candidates.reduce((a, b) => (b.figure < a.figure ? b : a));
    return {
      id,
      what: `${what}, ${size} x ${size}`,
      figure: best.figure,
      unit: UNIT,
      must: `<= ${must}`,
      aim: `<= ${aim}`,
      note: `${kernel}, ${best.compiler}; ${NOTE}`,
    };
  });
  const all = counts.map(({ id, kernel, target, compiler, size, figure }): ResultRow => ({
    id,
    what: `${kernel}, ${size} x ${size}, ${target}, ${compiler}`,
    figure,
    unit: UNIT,
  }));
  return [headlines, all];
}
