/** What a network costs at each level: bytes of a file with that level alone, multiply-accumulates, time of a clip in WebAssembly. */
import { encodeModel, levelsOf, type Model, modelAtLevel, summarize } from '@bitvox/graph';
import { type InferenceTimes, timeInference } from '../inference.ts';
import type { Method } from './plan.ts';

/** Costs of one level. */
export interface LevelCosts {
  readonly parameters: number;
  /** Of a file with this level alone; `null` where there is no deployed form. */
  readonly bytes: number | null;
  /** Multiply-accumulates of a clip on single bits, those of all terms, and all others. */
  readonly binaryMacs: number;
  readonly realMacs: number;
  /** A clip, one second of audio, against the full twin in f32 in the peer; `null` where it was not timed or has no deployed form. */
  readonly time: InferenceTimes | null;
}

/** Costs by level. */
export type Costs = Readonly<Record<string, LevelCosts>>;

/** Times a model at a level against the twin. */
export type Timing = (model: Model, twin: Model, level: string) => Promise<InferenceTimes>;

/** Interleaved with the peer; it takes some seconds a level, and means something only where nothing else runs. */
export const timeAtLevel: Timing = (model, twin, level) => timeInference(model, modelAtLevel(twin, '1x'), { level });

/**
 * Measures a model.
 * @param model what is scored: deployed, or with the floats of training
 * @param twin the full-precision twin
 * @param timing `null` for no times
 */
export async function costsOf(model: Model, scoredBy: Method['scoredBy'], twin: Model, timing: Timing | null): Promise<Costs> {
  const isDeployed = scoredBy === 'runtime';
  const costs: Record<string, LevelCosts> = {};
  for (const { name, graph } of levelsOf(model)) {
    const { parameters, macs, binaryMacs } = summarize(graph);
    costs[name] = {
      parameters,
      bytes: isDeployed ? encodeModel(modelAtLevel(model, name)).length : null,
      binaryMacs,
      realMacs: macs - binaryMacs,
      time: isDeployed && timing !== null ? await timing(model, twin, name) : null,
    };
  }
  return costs;
}
