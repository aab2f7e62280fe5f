/**
 * A convolution planned for a shape, to live in the caller's memory, as a matrix product is (`plan.ts`): sizes first, then
 * packed weights, then code.
 *
 *     const plan = planConv2d({ outputs, channels, height, width, taps: [3, 3], padding: { rule: 'zero', top: 1, bottom: 1, left: 1, right: 1 } });
 *     const conv = plan.instantiate(arena.memory, { weights, scratch });
 *     conv.run(x, xStride, y, yStride);
 *
 * Invariant: `run` writes only `y` and the scratch region.
 */
import { compileOnce, detectCapabilities } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import { exportsOf } from './instances.ts';
import type { ConvKernel } from './kernels/conv-kernel.ts';
import { checkConv, type ConvShape, depthOf, type Margins, outputPair, type PaddingRule, type Pair } from './kernels/conv-shape.ts';
import { CONV_KERNELS } from './kernels/conv-table.ts';
import type { GemmAccumulator, GemmActivations, KernelTarget } from './kernels/kernel.ts';
import { checkLength, rowBytes, type WeightType } from './layout.ts';
import type { GemmAddresses } from './plan.ts';
import { checkRegion, isShared } from './regions.ts';
import { type GemmChoice, typesOf } from './select.ts';

/** What lies outside the planes: nothing that may be read, or margins that count as 0 or as −1. Margins left out are 0. */
export type Padding = 'none' | ({ readonly rule: Exclude<PaddingRule, 'none'> } & Partial<Margins>);

/** Where the taps of a convolution over planes lie. */
export interface Conv2dGeometry {
  readonly height: number;
  readonly width: number;
  /** Taps along the height and the width. */
  readonly taps: Pair;
  /** Pixels from one output to the next, 1 unless told. */
  readonly stride?: Pair;
  /** Pixels from one tap to the next, 1 unless told. */
  readonly dilation?: Pair;
  /** `none` unless told. */
  readonly padding?: Padding;
}

/** A convolution, its types (1 bit × 1 bit unless told) and, where wanted, the choice of the kernel. */
export interface Conv2dRequest extends Conv2dGeometry, GemmChoice {
  readonly outputs: number;
  readonly channels: number;
  /** Name of a kernel of `CONV_KERNELS`; the first of the list that pays unless given. */
  readonly kernel?: string;
}

/** A planned convolution bound to a memory. */
export interface Conv {
  /**
   * Computes all outputs.
   * @param x address of the activations, one byte per element (0 or 1 for bits) or a float, `[channel][height][width]`; `EXTRA_BYTES` behind them
   *   must be readable
   * @param xStride elements from one channel to the next, at least height × width
   * @param y address of the results, `[output][height'][width']`, a multiple of their size
   * @param yStride elements from one output to the next, at least height' × width'
   */
  readonly run: (x: number, xStride: number, y: number, yStride: number) => void;
}

/** A convolution for one shape. */
export interface ConvPlan {
  /** Name of the kernel. */
  readonly name: ConvKernel['name'];
  readonly weights: WeightType;
  readonly activations: GemmActivations;
  readonly accumulator: GemmAccumulator;
  readonly shape: ConvShape;
  /** Height and width of an output. */
  readonly output: Pair;
  readonly weightBytes: number;
  readonly scratchBytes: number;
  /**
   * Packed rows of channels × taps weights, an output each (the form on disk) → what lies at `weights`.
   * @throws BitpackError `BITPACK_LENGTH`, `BITPACK_BYTE`
   */
  readonly packWeights: (rows: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** The compiled code for a scratch address; cached by kernel, shape and address. It can be posted to a worker. */
  readonly modules: (target: KernelTarget) => WebAssembly.Module[];
  /**
   * Binds the plan to a memory.
   * @param modules compiled elsewhere by `modules` for the same scratch address; taken from the cache unless given
   * @throws BitpackError `BITPACK_ADDRESS`
   */
  readonly instantiate: (memory: WebAssembly.Memory, addresses: GemmAddresses, modules?: readonly WebAssembly.Module[]) => Conv;
}

const NO_MARGINS: Margins = { top: 0, bottom: 0, left: 0, right: 0 };

function shapeOf({ outputs, channels, height, width, taps, stride = [1, 1], dilation = [1, 1], padding = 'none' }: Conv2dRequest): ConvShape {
  const { rule, ...margins } = padding === 'none' ? { rule: padding, ...NO_MARGINS } : { ...NO_MARGINS, ...padding };
  const shape: ConvShape = { outputs, channels, height, width, taps, stride, dilation, rule, margins };
  checkConv(shape);
  return shape;
}

function fitting(shape: ConvShape, choice: GemmChoice): ConvKernel[] {
  const { weights, activations, accumulator } = typesOf(choice);
  const capabilities = choice.capabilities ?? detectCapabilities();
  return CONV_KERNELS.filter(
    (kernel) =>
      kernel.weights === weights &&
      kernel.activations === activations &&
      kernel.accumulator === accumulator &&
      kernel.requires.every((capability) => capabilities[capability]) &&
      kernel.computes(shape),
  );
}

/**
 * Every kernel that gives exact results for a convolution and runs here, in the order of the list.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`
 */
export const candidateConvs = (request: Conv2dRequest): ConvKernel[] => fitting(shapeOf(request), request);

function chooseKernel(request: Conv2dRequest, shape: ConvShape): ConvKernel {
  const { kernel: name, ...choice } = request;
  const named = CONV_KERNELS.find((kernel) => kernel.name === name);
  if (name !== undefined && named === undefined) {
    throw new BitpackError('BITPACK_KERNEL_UNKNOWN', `Got "${name}", wanted one of ${CONV_KERNELS.map((kernel) => kernel.name).join(', ')}.`);
  }
  // A name says the types; those said beside it must agree.
  const types = named === undefined ? choice : { weights: named.weights, activations: named.activations, ...choice, accumulator: named.accumulator };
  const chosen = fitting(shape, types).find((kernel) => (named === undefined ? kernel.pays(shape, outputPair(shape)) : kernel === named));
  if (chosen === undefined) {
    const { weights, activations, accumulator } = typesOf(types);
    throw new BitpackError(
      'BITPACK_KERNEL_UNFIT',
      `Got ${name ?? `${weights} × ${activations} with the accumulator ${accumulator}`} for sums of ${depthOf(shape)} products.`,
    );
  }
  return chosen;
}

/**
 * Plans Y[m][y][x] = Σ W[m][c][i][j] · X[c][y·stride + i·dilation − top][x·stride + j·dilation − left]; bits stand for −1 and +1.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`, `BITPACK_KERNEL_UNKNOWN`, `BITPACK_KERNEL_UNFIT`
 */
export function planConv2d(request: Conv2dRequest): ConvPlan {
  const shape = shapeOf(request);
  const kernel = chooseKernel(request, shape);
  const { name, weights: type, activations, accumulator } = kernel;
  const [weightBytes, scratchBytes] = [kernel.weightBytes(shape), kernel.scratchBytes(shape)];
  const modules = (target: KernelTarget): WebAssembly.Module[] => {
    const key = `bitpack/${name}/${JSON.stringify(shape)}/${target.scratch}/${target.shared ? 'shared' : 'own'}`;
    // Several modules of one kernel are built together, but only where the cache lacks one.
    let built: Uint8Array<ArrayBuffer>[] | undefined;
    const bytes = (): Uint8Array<ArrayBuffer>[] => (built ??= kernel.build(shape, target));
    return Array.from({ length: kernel.modules(shape) }, (_, n) => compileOnce(`${key}/${n}`, () => bytes()[n]!));
  };
  return {
    name,
    weights: type,
    activations,
    accumulator,
    shape,
    output: outputPair(shape),
    weightBytes,
    scratchBytes,
    modules,
    packWeights: (rows) => {
      checkLength('packed weights', rows.length, shape.outputs * rowBytes(depthOf(shape), type));
      return kernel.packWeights(rows, shape);
    },
    instantiate: (memory, { weights, scratch }, compiled) => {
      checkRegion(memory, 'weights', weights, weightBytes);
      checkRegion(memory, 'scratch', scratch, scratchBytes);
      const code = compiled ?? modules({ scratch, shared: isShared(memory) });
      const functions = code.map((module) => exportsOf(module, memory)['run'] as (...args: number[]) => void);
      return { run: kernel.bind(shape, { weights, scratch, functions }) };
    },
  };
}
