/**
 * Steps of an integer model: for each stage the forms its consumers want, and the cheapest epilogue that gives them.
 * A value is kept in 16 bits where a sum, a pool, the output, or several kinds of consumers need it; else it goes straight to bits or bytes.
 */
import { RuntimeError } from '../errors.ts';
import type { Activation, Epilogue, TwoTerms, ValueOutput } from '../program.ts';
import { type Demand, demandKey, factorsKey, inputDemand, LARGEST } from './demand.ts';
import { isAffineSign, isEightBit, isSplit, signMap, signTensor, valueOutput } from './integer-outputs.ts';
import { addStep, type ProgramBuilder } from './program-builder.ts';
import { chooseComparison, chooseRequantization, chooseThresholds, NARROW_BOUND, round, SATURATED_BOUND, WIDE_BOUND } from './requantize.ts';
import { FRAMEWISE, type Stage, type StageActivation } from './stage.ts';
import { chooseTwoTerms, fractionOf } from './two-terms.ts';
import { accumulatorBound, stepWeights, weightColumns } from './weights.ts';

/** Real value of one step of logits. */
export const LOGIT_SCALE = 2 ** -8;
const SLOPE_ONE = 2 ** 14;

function integerActivation(value: StageActivation, node: string): Activation {
  if (value.kind !== 'prelu') return value;
  const slope = round(value.slope * SLOPE_ONE);
  if (!(Math.abs(slope) < 2 ** 15)) throw new RuntimeError('RUNTIME_RANGE', `its slope ${value.slope} is not below 2.`, node);
  return { kind: 'prelu', slope };
}

/** The accumulators of a stage: their largest magnitude, the type they are summed in, the real value of one. */
interface Accumulated {
  readonly bound: number;
  readonly type: 'i16' | 'i32';
  readonly scale: number;
  readonly terms: TwoTerms | null;
}

/** Lowers the stages of one integer model. */
export class IntegerLowering {
  readonly #builder: ProgramBuilder;
  readonly #output: Stage;
  readonly #residualStep: number;
  readonly #summed = new Set<Stage>();
  readonly #demands = new Map<Stage, Map<string, Demand>>();
  /** Stages that are comparisons of the value of another one. */
  readonly #compared = new Map<Stage, Stage[]>();

  constructor(builder: ProgramBuilder, stages: readonly Stage[], output: Stage, residualStep: number) {
    this.#builder = builder;
    this.#output = output;
    this.#residualStep = residualStep;
    for (const stage of stages) this.#demands.set(stage, new Map());
    this.#demand(output, { format: 'i16' });
    // Backwards, so that everything that reads a stage has spoken when the stage itself asks.
    for (const stage of stages.toReversed()) {
      if (this.#isComparison(stage)) {
        this.#compared.set(stage.input!, [...(this.#compared.get(stage.input!) ?? []), stage]);
        continue;
      }
      if (stage.input !== null) this.#demand(stage.input, inputDemand(stage));
      if (stage.residual !== null) {
        this.#demand(stage.residual, { format: 'i16' });
        // Everything that meets in a sum has the same scale.
        for (const part of [stage, stage.residual, ...(stage.op === 'pass' ? [stage.input!] : [])]) this.#summed.add(part);
      }
    }
  }

  /** Whether a stage only takes the sign of an affine map of a 16-bit value: then it is an output of the step that makes the value. */
  #isComparison(stage: Stage): boolean {
    const demands = [...this.#demands.get(stage)!.values()];
    const isRead = demands.length > 0 && demands.every((demand) => isAffineSign(stage, demand)) && !this.#compared.has(stage);
    return isRead && stage.op === 'pass' && stage.input!.op !== 'input' && stage.residual === null;
  }

  #demand(stage: Stage, demand: Demand): void {
    const wanted: Demand = demand.format === 'stored' && stage.op !== 'input' ? { format: 'i16' } : demand;
    this.#demands.get(stage)!.set(demandKey(wanted), wanted);
  }

  #held(stage: Stage, demand: Demand): number {
    return this.#builder.held(stage, demand.format === 'stored' && stage.op !== 'input' ? 'i16' : demandKey(demand));
  }

  /** The network input: stored as it is, and converted once for consumers that want something else. */
  addInput(stage: Stage, scale: number): void {
    const tensor = this.#builder.tensor(stage, 'stored', { format: 'i8', scale });
    this.#builder.hold(stage, demandKey({ format: 'i8', scale }), tensor);
    const others = [...this.#demands.get(stage)!.values()].filter((demand) => demand.format !== 'stored' && !(isEightBit(demand) && demand.scale === scale));
    if (others.length === 0) return;
    this.#addStep({ ...stage, op: 'pass', input: stage, window: FRAMEWISE }, stage, others);
  }

  /** Any other stage. */
  add(stage: Stage): void {
    if (!this.#isComparison(stage)) this.#addStep(stage, stage, [...this.#demands.get(stage)!.values()]);
  }

  /** The tensor of logits. */
  output(): number {
    return this.#builder.held(this.#output, 'i16');
  }

  /** `holder` is the stage whose value the outputs are forms of. */
  #addStep(stage: Stage, holder: Stage, demands: readonly Demand[]): void {
    const { op } = stage;
    if (op === 'input') return;
    const source = stage.input!;
    const input = this.#held(source, stage === holder ? inputDemand(stage) : { format: 'stored' });
    const weights = stage.weights === null ? null : stepWeights(stage.weights.tensor);
    const accumulated = this.#accumulated(stage, input, weights === null ? null : weightColumns(stage.weights!.tensor));
    const parts = {
      node: stage.node,
      members: [...stage.members, ...this.#comparisonsOf(holder, stage).flatMap((compared) => compared.members)],
      input,
      inputChannels: source.channels,
      channels: stage.channels,
      window: stage.window,
      accumulator: accumulated.type,
      terms: accumulated.terms,
      epilogue: this.#epilogue(stage, holder, demands, accumulated),
    } as const;
    addStep(this.#builder, stage, parts, weights);
  }

  #accumulated({ op, node, window, weights, channels, input: source }: Stage, input: number, columns: number | null): Accumulated {
    const format = this.#builder.format(input) as keyof typeof LARGEST;
    const scale = this.#builder.scale(input);
    if (weights === null || columns === null) {
      const bound = window.kernel * LARGEST[format];
      return op === 'mean-pool'
        ? { bound, type: 'i32', scale: scale / window.kernel, terms: null }
        : { bound, type: bound <= NARROW_BOUND ? 'i16' : 'i32', scale, terms: null };
    }
    const { split } = weights;
    if (split !== null) {
      const factors = split.scale === null ? this.#builder.held(source!, factorsKey(node)) : null;
      const from = factors === null ? { constants: split.scale!, channels } : { tensor: factors, one: 1 / this.#builder.scale(factors) };
      const terms = chooseTwoTerms(from, columns, op === 'depthwise-conv1d' ? 'depthwise' : 'dense', node);
      return { bound: SATURATED_BOUND, type: 'i16', scale: 2 ** -fractionOf(terms), terms };
    }
    const bound = accumulatorBound(stepWeights(weights.tensor), columns, LARGEST[format]);
    if (bound > WIDE_BOUND) throw new RuntimeError('RUNTIME_RANGE', `its accumulator can reach ${bound}, more than ${WIDE_BOUND}.`, node);
    // Only these have kernels that add in 16 bits.
    const isSixteenBit = bound <= NARROW_BOUND && (op === 'depthwise-conv1d' || (op === 'conv1d' && format === 'bit'));
    return { bound, type: isSixteenBit ? 'i16' : 'i32', scale, terms: null };
  }

  #epilogue(stage: Stage, holder: Stage, demands: readonly Demand[], accumulated: Accumulated): Epilogue {
    const eightBit = demands.filter(isEightBit);
    const compared = this.#comparisonsOf(holder, stage);
    const isKept = demands.some((demand) => demand.format === 'i16' || isSplit(demand)) || stage.residual !== null || compared.length > 0;
    const isThreshold = !isKept && accumulated.terms === null && eightBit.length === 0 && demands.every((demand) => isAffineSign(stage, demand));
    if (isThreshold && new Set(demands.map((demand) => demand.shifted)).size === 1) {
      const { gains, offsets } = signMap(stage, accumulated.scale, demands[0]!);
      const outputs = demands.map((demand) => signTensor(this.#builder, holder, demand));
      return { kind: 'threshold', ...chooseThresholds(gains, offsets, stage.node), outputs };
    }
    const isDirect = !isKept && demands.length === 1 && eightBit.length === 1 && stage.activation.kind !== 'prelu';
    const scale = isDirect ? eightBit[0]!.scale : this.#sixteenBitScale(stage, holder, eightBit);
    const gains = stage.multiplier.map((factor) => (factor * accumulated.scale) / scale);
    // Accumulators of two terms are rounded down: on average half a step is missing.
    const missing = (accumulated.terms?.shift ?? 0) === 0 ? 0 : 0.5;
    const offsets = stage.offset.map((offset, channel) => offset / scale + missing * gains[channel]!);
    const isIdentity = stage.op === 'pass' && gains.every((gain) => gain === 1) && offsets.every((offset) => offset === 0);
    return {
      kind: 'value',
      requantization: isIdentity ? null : chooseRequantization(gains, offsets, accumulated.bound, stage.node, accumulated.terms !== null),
      activation: integerActivation(stage.activation, stage.node),
      residual: stage.residual === null ? null : this.#held(stage.residual, { format: 'i16' }),
      then: integerActivation(stage.then, stage.node),
      outputs: [
        ...demands.map((demand) => valueOutput(this.#builder, holder, demand, scale)),
        ...compared.flatMap((reader) => this.#comparisons(reader, scale)),
      ],
    };
  }

  #comparisonsOf(holder: Stage, stage: Stage): readonly Stage[] {
    return holder === stage ? (this.#compared.get(stage) ?? []) : [];
  }

  /** Outputs of a stage that compares a value kept in steps of `scale`. */
  #comparisons(stage: Stage, scale: number): ValueOutput[] {
    return [...this.#demands.get(stage)!.values()]
      .filter((demand) => isAffineSign(stage, demand))
      .map((demand) => {
        const { gains, offsets } = signMap(stage, scale, demand);
        return { tensor: signTensor(this.#builder, stage, demand), shift: 0, comparison: chooseComparison(gains, offsets, stage.node), split: null };
      });
  }

  #sixteenBitScale(stage: Stage, holder: Stage, eightBit: readonly Extract<Demand, { readonly format: 'i8' }>[]): number {
    if (this.#summed.has(holder) || stage.residual !== null) return this.#residualStep;
    if (holder === this.#output) return LOGIT_SCALE;
    return eightBit.length === 0 ? this.#residualStep : Math.max(...eightBit.map((demand) => demand.scale)) / 256;
  }
}
