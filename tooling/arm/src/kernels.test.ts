/** Every kernel alone, over random shapes on its cores and by both compilers: the results are plain sums of products. */
import { ARM_KERNELS, type ArmKernel, BLOCK_KERNELS, CORES } from '@bitvox/arm';
import { expect, test } from 'vitest';
import { buildPlugin, missingForCounts } from './count.ts';
import { type Compiler, coreOf, missingFor, type TargetName } from './emulation.ts';
import { countKernel, drawCase, type KernelCase, type KernelShape } from './kernel-bench.ts';
import { Dice } from './random-program.ts';
import { inFolder, needs } from './toolchain.ts';

/** More with `BITVOX_SHAPES=100`. */
const SHAPES = Number(process.env['BITVOX_SHAPES'] ?? 1);
const TARGETS = ['cortex-m0plus', 'cortex-m4', 'cortex-m55', 'cortex-a53', 'cortex-a76'] as const satisfies readonly TargetName[];
/** Kernels that stand alone, `pass` and `mean-pool` have no weights. */
const KERNELS: readonly { readonly kernel: ArmKernel; readonly frames: number }[] = [
  ...ARM_KERNELS.filter(({ op }) => op.endsWith('conv1d')).map((kernel) => ({ kernel, frames: 1 })),
  ...BLOCK_KERNELS,
];

/** Random cases that a kernel fits. */
function fittingCases(kernel: ArmKernel, block: number): readonly KernelCase[] {
  const cases: KernelCase[] = [];
  for (let seed = 1; cases.length < SHAPES; seed++) {
    if (seed > 20_000) throw new Error(`${kernel.name} fits no random shape.`);
    const dice = new Dice(seed);
    const isDense = kernel.op === 'conv1d';
    const inputs = dice.pick([8, 20, 31, 32, 40, 64, 72, 96, 128, 256, 384, 512]);
    const shape: KernelShape = {
      op: isDense ? 'conv1d' : 'depthwise-conv1d',
      inputs,
      outputs: isDense ? dice.pick([4, 16, 31, 32, 64, 128, 256]) : inputs,
      taps: block > 1 || dice.chance(0.5) ? 1 : dice.integer(2, 6),
      weightBits: dice.pick([1, 8] as const),
      format: dice.pick(['sign', 'i8'] as const),
      epilogue: kernel.writes === 'outputs' ? 'threshold' : 'none',
    };
    const drawn = { kernel, shape, block, calls: 4, seed, isBalanced: false };
    if (shape.inputs * shape.outputs * shape.taps <= 2 ** 15 && kernel.fits(drawCase(drawn).step)) cases.push(drawn);
  }
  return cases;
}

for (const target of TARGETS) {
  for (const compiler of ['clang', 'gcc'] as const satisfies readonly Compiler[]) {
    const missing = missingForCounts() ?? missingFor(target, compiler);
    test.skipIf(missing !== undefined)(`kernels on ${target} by ${compiler}${needs(missing)}`, { timeout: 600_000 }, async () => {
      await inFolder((folder) => {
        const plugin = buildPlugin(folder);
        for (const { kernel, frames } of KERNELS.filter(({ kernel: { runsOn } }) => runsOn(CORES[coreOf(target)]))) {
          for (const drawn of fittingCases(kernel, frames)) expect(countKernel(drawn, target, compiler, plugin, folder)).toBeGreaterThan(0);
        }
      });
    });
  }
}
