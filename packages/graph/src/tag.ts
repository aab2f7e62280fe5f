/**
 * Quantizer tags: which quantizer a layer applies to its input or to its weights, and to how many bits.
 * The graph knows names and widths only; formulas live where training happens. `null` means float.
 */
import { AttributeReader } from './attributes.ts';

/** Widths that a weight or an activation may have. 2 bits stand for ternary values. */
export const BIT_WIDTHS = [1, 2, 4, 5, 8] as const;

/** A width in bits. */
export type BitWidth = (typeof BIT_WIDTHS)[number];

/** A quantizer by name. */
export interface QuantizerTag {
  /** Name of the quantizer, such as `sign`, `xnor` or `int8`. */
  readonly name: string;
  readonly bits: BitWidth;
  /**
   * Activations of more than 1 bit: values are clipped to `[-range, range)` and rounded to multiples of `range / 2^(bits - 1)`.
   * A power of two, so that the step is one too.
   */
  readonly range?: number;
  /**
   * Activations whose value is a sum of this many binary terms, each with a scale of its own, so that the layer multiplies as often (dual-scale
   * binarization of BiFSMNv2). Absent means 1.
   */
  readonly terms?: 2;
}

/** Reads a tag or `null` from an untrusted value. */
export function readTag(value: unknown, node: string, attribute: string): QuantizerTag | null {
  if (value === null || value === undefined) return null;
  const reader = new AttributeReader(value, node, attribute);
  const name = reader.text('name', 64);
  const bits = reader.oneOf('bits', BIT_WIDTHS);
  const range = reader.optionalNumber('range', 2 ** -16, 2 ** 16);
  const terms = reader.raw('terms') === undefined ? undefined : reader.oneOf('terms', [2]);
  reader.end();
  if (range !== undefined && Math.log2(range) % 1 !== 0) reader.fail('range', 'a power of two', range);
  if (terms !== undefined && bits !== 1) reader.fail('terms', 'absent unless the width is 1 bit', terms);
  return { name, bits, ...(range !== undefined && { range }), ...(terms !== undefined && { terms }) };
}
