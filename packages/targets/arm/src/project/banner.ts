/** The comment at the head of every file, and the guard around a header. */
import { comment } from '../c-text.ts';
import type { ProjectContext } from './context.ts';

/** What a file is, after one line that says where it comes from. */
export function banner({ plan }: ProjectContext, what: string): string {
  return `/*\n * ${comment(`${plan.project}: ${plan.program.name}, exported by bitvox for ${plan.core}.`)}\n * ${comment(what)}\n */\n`;
}

/** A header that may be included twice and from C++. */
export function header({ macro }: ProjectContext, suffix: string, body: string): string {
  const guard = `${macro}${suffix}_H`;
  return `#ifndef ${guard}\n#define ${guard}\n\n${body.trimEnd()}\n\n#endif\n`;
}

/** C linkage for names that C++ sees too. */
export function externC(body: string): string {
  return `#ifdef __cplusplus\nextern "C" {\n#endif\n\n${body.trimEnd()}\n\n#ifdef __cplusplus\n}\n#endif\n`;
}
