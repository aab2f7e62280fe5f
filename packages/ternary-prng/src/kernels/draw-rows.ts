/** The ways to draw rows inside WebAssembly, as a table over the generators. */
import type { ModuleBuilder } from '@bitvox/wasm';
import type { TernaryGenerator, TernaryPlan } from '../spec.ts';
import { drawBalanced } from './draw-balanced.wasm.ts';
import { drawIid } from './draw-iid.wasm.ts';
import { drawLowDiscrepancy } from './draw-low-discrepancy.wasm.ts';
import type { RowDraw } from './row-draw.ts';

const DRAWS: Readonly<Record<TernaryGenerator, (module: ModuleBuilder, plan: TernaryPlan) => RowDraw>> = {
  iid: drawIid,
  balanced: drawBalanced,
  'low-discrepancy': drawLowDiscrepancy,
};

/** Declares the functions that draw the rows of a matrix. */
export const drawRows = (module: ModuleBuilder, plan: TernaryPlan): RowDraw => DRAWS[plan.generator](module, plan);
