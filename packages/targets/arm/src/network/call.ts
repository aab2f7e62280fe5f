/**
 * The call of a step's kernel and the accumulator that its epilogue reads. Over an input of two binary terms, `b1 + s b2`, the same kernel is
 * called for each of them, and both sums become one accumulator.
 */
import { type ConstArray, indent } from '../c-text.ts';
import { wordsOf } from '../kernels/kernel.ts';
import type { PlannedStep } from './plan.ts';

/** C statements with what they need and what they leave. */
export interface CallText {
  readonly arrays: readonly ConstArray[];
  readonly declarations: readonly string[];
  readonly lines: readonly string[];
  /** The C expression of the accumulator of channel `c`. */
  readonly accumulator: string;
}

/** `s`: one in each frame, one in all, or one for every channel. */
function factorText({ arm, factors }: PlannedStep, constants: Int16Array): Pick<CallText, 'declarations' | 'arrays'> & { readonly factor: string } {
  if (factors !== null) return { declarations: [`const int32_t factor = ${factors.name}_frame(s, t)[0];`], arrays: [], factor: 'factor' };
  if (constants.every((value) => value === constants[0])) return { declarations: [], arrays: [], factor: String(constants[0]) };
  const shape = `${constants.length} channels`;
  return { declarations: [], arrays: [{ role: 'factors', type: 'int16_t', values: constants, shape }], factor: `${arm.array('factors')}[c]` };
}

/** The call of a step. */
export function callText(planned: PlannedStep): CallText {
  const { arm, text } = planned;
  const { terms, channels, inputChannels, window } = arm.step;
  if (terms === null) {
    const declarations = planned.kernel.writes === 'accumulators' && text.accumulator === undefined ? ['int32_t *const z = s->scratch.network.z;'] : [];
    return { arrays: [], declarations, lines: text.call === '' ? [] : [text.call], accumulator: text.accumulator ?? 'z[c]' };
  }
  const { one, shift, scale } = terms;
  const { declarations, arrays, factor } = factorText(planned, typeof scale === 'number' ? new Int16Array() : scale);
  return {
    arrays,
    declarations: ['int32_t *const sums = s->scratch.network.z;', ...declarations, 'int32_t term;'],
    lines: [
      'for (term = 0; term < 2; ++term) {',
      `    int32_t *const z = sums + term * ${channels};`,
      indent(text.call),
      `    for (k = 0; k < ${window.kernel}; ++k) {\n        if (x[k] != 0) x[k] += ${wordsOf(inputChannels)};\n    }`,
      '}',
    ],
    accumulator: `((${one} * sums[c] + ${factor} * sums[c + ${channels}]) >> ${shift})`,
  };
}
