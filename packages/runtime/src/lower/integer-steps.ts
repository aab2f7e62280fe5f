/**
 * Steps of an integer model: for each stage the forms its consumers want, and the cheapest epilogue that gives them.
 * A value is kept in 16 bits where a sum, a pool, the output, or several kinds of consumers need it; else it goes straight to bits or bytes.
 */
import { RuntimeError } from '../errors.ts';
import type { Activation, Epilogue, ValueOutput } from '../program.ts';
import { type Demand, demandKey, inputDemand, LARGEST } from './demand.ts';
import type { ProgramBuilder } from './program-builder.ts';
import { chooseComparison, chooseRequantization, chooseThresholds, NARROW_BOUND, round, WIDE_BOUND } from './requantize.ts';
import { FRAMEWISE, NONE, type Stage, type StageActivation } from './stage.ts';
import { accumulatorBound, stepWeights } from './weights.ts';

/** Real value of one step of logits. */
export const LOGIT_SCALE = 2 ** -8;
const SLOPE_ONE = 2 ** 14;

type EightBit = Extract<Demand, { readonly format: 'i8' }>;
const isEightBit = (demand: Demand): demand is EightBit => demand.format === 'i8';
const isSign = (demand: Demand): boolean => demand.format === 'sign' || demand.format === 'bit';

function integerActivation(value: StageActivation, node: string): Activation {
  if (value.kind !== 'prelu') return value;
  const slope = round(value.slope * SLOPE_ONE);
  if (!(Math.abs(slope) < 2 ** 15)) throw new RuntimeError('RUNTIME_RANGE', `its slope ${value.slope} is not below 2.`, node);
  return { kind: 'prelu', slope };
}

/** The affine map whose sign is that of a stage's value, for inputs in steps of `inputScale`. */
function signMap(stage: Stage, inputScale: number): { readonly gains: Float64Array; readonly offsets: Float64Array } {
  const { activation } = stage;
  // An activation without negative outputs makes every sign +1; a positive slope changes none.
  const isConstant = activation !== NONE && !(activation.kind === 'prelu' && activation.slope > 0);
  return { gains: stage.multiplier.map((factor) => (isConstant ? 0 : factor * inputScale)), offsets: stage.offset.map((offset) => (isConstant ? 0 : offset)) };
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
    const isRead = demands.length > 0 && demands.every(isSign) && !this.#compared.has(stage);
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
    const format = this.#builder.format(input) as keyof typeof LARGEST;
    const weights = stage.weights === null ? null : stepWeights(stage.weights.tensor);
    const columns = (op === 'conv1d' ? source.channels : 1) * stage.window.kernel;
    const bound = weights === null ? stage.window.kernel * LARGEST[format] : accumulatorBound(weights, columns, LARGEST[format]);
    if (bound > WIDE_BOUND) throw new RuntimeError('RUNTIME_RANGE', `its accumulator can reach ${bound}, more than ${WIDE_BOUND}.`, stage.node);
    // Only these two kinds have kernels that add in 16 bits.
    const isSixteenBit = bound <= NARROW_BOUND && (op === 'conv1d' ? format === 'bit' : op !== 'mean-pool');
    const inputScale = this.#builder.scale(input) / (op === 'mean-pool' ? stage.window.kernel : 1);
    const parts = {
      node: stage.node,
      members: [...stage.members, ...this.#comparisonsOf(holder, stage).flatMap((compared) => compared.members)],
      input,
      inputChannels: source.channels,
      channels: stage.channels,
      window: stage.window,
      accumulator: isSixteenBit ? 'i16' : 'i32',
      epilogue: this.#epilogue(stage, holder, demands, inputScale, bound),
    } as const;
    if (op === 'conv1d' || op === 'depthwise-conv1d') this.#builder.steps.push({ ...parts, op, weights: weights! });
    else this.#builder.steps.push({ ...parts, op });
  }

  #epilogue(stage: Stage, holder: Stage, demands: readonly Demand[], inputScale: number, bound: number): Epilogue {
    const eightBit = demands.filter(isEightBit);
    const compared = this.#comparisonsOf(holder, stage);
    const isKept = demands.some((demand) => demand.format === 'i16') || stage.residual !== null || compared.length > 0;
    if (!isKept && eightBit.length === 0) return this.#thresholds(stage, holder, demands, inputScale);
    const isDirect = !isKept && demands.length === 1 && stage.activation.kind !== 'prelu';
    const scale = isDirect ? eightBit[0]!.scale : this.#sixteenBitScale(stage, holder, eightBit);
    const gains = stage.multiplier.map((factor) => (factor * inputScale) / scale);
    const offsets = stage.offset.map((offset) => offset / scale);
    const isIdentity = stage.op === 'pass' && gains.every((gain) => gain === 1) && offsets.every((offset) => offset === 0);
    return {
      kind: 'value',
      requantization: isIdentity ? null : chooseRequantization(gains, offsets, bound, stage.node),
      activation: integerActivation(stage.activation, stage.node),
      residual: stage.residual === null ? null : this.#held(stage.residual, { format: 'i16' }),
      then: integerActivation(stage.then, stage.node),
      outputs: [...demands.map((demand) => this.#valueOutput(stage, holder, demand, scale)), ...compared.flatMap((reader) => this.#comparisons(reader, scale))],
    };
  }

  #comparisonsOf(holder: Stage, stage: Stage): readonly Stage[] {
    return holder === stage ? (this.#compared.get(stage) ?? []) : [];
  }

  /** Outputs of a stage that compares a value kept in steps of `scale`. */
  #comparisons(stage: Stage, scale: number): ValueOutput[] {
    const { gains, offsets } = signMap(stage, scale);
    const comparison = chooseComparison(gains, offsets, stage.node);
    return [...this.#demands.get(stage)!.values()].map((demand) => ({ tensor: this.#signTensor(stage, demand), shift: 0, comparison }));
  }

  #signTensor(holder: Stage, demand: Demand): number {
    return this.#builder.tensor(holder, demandKey(demand), { format: demand.format as 'sign' | 'bit', scale: 1 });
  }

  #thresholds(stage: Stage, holder: Stage, demands: readonly Demand[], inputScale: number): Epilogue {
    const { gains, offsets } = signMap(stage, inputScale);
    return { kind: 'threshold', ...chooseThresholds(gains, offsets, stage.node), outputs: demands.map((demand) => this.#signTensor(holder, demand)) };
  }

  #sixteenBitScale(stage: Stage, holder: Stage, eightBit: readonly EightBit[]): number {
    if (this.#summed.has(holder) || stage.residual !== null) return this.#residualStep;
    if (holder === this.#output) return LOGIT_SCALE;
    return eightBit.length === 0 ? this.#residualStep : Math.max(...eightBit.map((demand) => demand.scale)) / 256;
  }

  #valueOutput(stage: Stage, holder: Stage, demand: Demand, scale: number): ValueOutput {
    if (isSign(demand)) return { tensor: this.#signTensor(holder, demand), shift: 0, comparison: null };
    if (!isEightBit(demand)) return { tensor: this.#builder.tensor(holder, demandKey(demand), { format: 'i16', scale }), shift: 0, comparison: null };
    const shift = Math.log2(demand.scale / scale);
    if (!(shift >= 0 && shift <= 15)) {
      throw new RuntimeError(
        'RUNTIME_RANGE',
        `a consumer reads 8-bit activations of step ${demand.scale}, but the value is kept in steps of ${scale}.`,
        stage.node,
      );
    }
    return { tensor: this.#builder.tensor(holder, demandKey(demand), { format: 'i8', scale: demand.scale }), shift, comparison: null };
  }
}
