/** `add`: joins the epilogue of the operand that is computed later, where nothing else reads it; a step of its own otherwise. */
import type { FuseRule } from './index.ts';

export const add: FuseRule<'add'> = (fusion, node) => {
  const a = fusion.inputOf(node, 0);
  const b = fusion.inputOf(node, 1);
  const [earlier, later] = a.index < b.index ? [a, b] : [b, a];
  const joins = earlier !== later && fusion.isOpen(later) && later.residual === null;
  const stage = joins ? later : fusion.open(node, 'pass', later);
  if (joins) fusion.extend(later, node);
  stage.residual = earlier;
};
