/** A kernel alone as C, without a project around it: for counting its instructions and comparing its results. */
import type { ProgramTensor, Step } from '@bitvox/runtime';
import { indent, numberLines } from '../c-text.ts';
import { PartList } from '../parts.ts';
import { type ArmKernel, type ArmStep, elementOf } from './kernel.ts';

/** A step apart from its network; its arrays are called `layer_<role>`. */
export function lonelyStep(step: Step, input: ProgramTensor): ArmStep {
  return { step, input, outputs: [], name: 'layer', array: (role) => `layer_${role}`, member: (role) => `layer_${role}`, frame: () => '0' };
}

/**
 * C text with `void layer_frame(const T *const *x, int32_t *z, uint32_t *y0)`, which calls the kernel once. Kernels that keep a state of their
 * own or find their taps themselves cannot stand alone.
 */
export function kernelSource(kernel: ArmKernel, step: ArmStep): string {
  const { parts, functions, call } = kernel.emit(step);
  const list = new PartList();
  list.add(parts);
  const arrays = kernel
    .weights(step)
    .map(({ role, type, values }) => `static const ${type} layer_${role}[${values.length}] = {\n${numberLines(values, type, '    ')}\n};\n`);
  const type = elementOf(step.input.format);
  const body = `int32_t k = 0, c = 0;\n(void)k, (void)c, (void)z, (void)y0;\n${call}`;
  return `#include <stdint.h>

${list.text()}
${arrays.join('')}
${functions}
__attribute__((noinline)) void layer_frame(const ${type} *const *x, int32_t *z, uint32_t *y0);
__attribute__((noinline)) void layer_frame(const ${type} *const *x, int32_t *z, uint32_t *y0)
{
${indent(body)}
}
`;
}
