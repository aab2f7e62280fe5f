/** What kernels share that gather the windows of a convolution over planes, one for each output row. */
import type { WeightedStep } from '../integer-weights.ts';
import type { ArmStep } from '../kernel.ts';

/** The step as one over planes; `fits` has made sure. */
export const conv2dOf = ({ step }: ArmStep): WeightedStep<'conv2d'> => step as WeightedStep<'conv2d'>;

/** The geometry of its planes as a constant, and the C expression of a pointer to it. */
export function planesConstant(arm: ArmStep): { readonly text: string; readonly pointer: string } {
  const { rows, inputChannels, channels, window } = conv2dOf(arm);
  const sizes = [inputChannels / rows.input, rows.input, rows.kernel, window.kernel, rows.stride, rows.top, channels / rows.output, rows.output];
  return { text: `static const bitvox_planes ${arm.name}_planes = { ${sizes.join(', ')} };\n`, pointer: `&${arm.name}_planes` };
}
