/**
 * What a kernel costs, told in inner steps of a few kinds, so that measuring the kinds once says how long every kernel takes for every shape.
 * Counts are estimates: they rank kernels, results never depend on them.
 */

/**
 * Kinds of inner steps:
 *
 * - `popcount`: a vector loaded, XOR, popcount of bytes, addition
 * - `words`: the same in scalar 64 bits
 * - `swizzle`, `relaxedSwizzle`: indices loaded, looked up in a table in a register, addition
 * - `tables`: an offset loaded, the vector there loaded, addition
 * - `dot16`: a dot product of 16-bit pairs, addition
 * - `relaxedDot`: half a vector of nibbles taken apart, a relaxed dot product
 * - `scalar`: two bytes loaded, a product, an addition
 * - `vector`: a vector loaded, an addition, a vector stored: packing, tables being built, results
 */
export const STEP_KINDS = ['popcount', 'words', 'swizzle', 'relaxedSwizzle', 'tables', 'dot16', 'relaxedDot', 'scalar', 'vector'] as const;

/** One of {@link STEP_KINDS}. */
export type StepKind = (typeof STEP_KINDS)[number];
/** How many steps of which kind; kinds that are not there do not occur. */
export type Steps = Readonly<Partial<Record<StepKind, number>>>;
