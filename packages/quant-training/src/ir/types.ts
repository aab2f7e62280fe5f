/**
 * The intermediate representation of a training step: a static graph of single-output f32 values.
 *
 * Layout: activations are `[channel, batch, height, time]` (1-D networks have height 1), so that a pointwise convolution is one
 * GEMM, batch-norm statistics are contiguous rows, and threads split channels without any reduction between them.
 * Invariant: shapes are known when a value is made; the backward pass is again made of these operations and nothing else.
 */

/** Window geometry of a convolution over `[height, time]`. */
export interface ConvAttributes {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** top, bottom, left, right */
  readonly padding: readonly [number, number, number, number];
  readonly groups: number;
}

type None = Readonly<Record<never, never>>;

/**
 * Every primitive with its attributes. Broadcasting follows numpy. Weight layout is `[out, in / groups, kernelHeight, kernelTime]`.
 * The tables over this union (shape, gradient, reference, kernel) are complete by type.
 */
export interface OpAttributes {
  // leaves
  readonly parameter: { readonly name: string };
  readonly state: { readonly name: string };
  readonly input: { readonly name: string };
  readonly constant: { readonly data: number | Float32Array };
  // elementwise, one operand. `sign` is +1 at 0; `round` is half away from zero.
  readonly negate: None;
  readonly absolute: None;
  readonly sign: None;
  readonly round: None;
  readonly floor: None;
  readonly exp: None;
  readonly log: None;
  readonly sqrt: None;
  readonly tanh: None;
  readonly sigmoid: None;
  readonly 'stop-gradient': None;
  // elementwise, two operands with broadcasting; comparisons give 1 or 0
  readonly add: None;
  readonly subtract: None;
  readonly multiply: None;
  readonly divide: None;
  readonly maximum: None;
  readonly minimum: None;
  readonly greater: None;
  readonly 'greater-equal': None;
  readonly equal: None;
  /** condition (not 0), when true, when false */
  readonly where: None;
  // contractions
  /** `[m, k] x [k, n] -> [m, n]`, each operand optionally given transposed */
  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** x `[ci, b, h, t]`, w `[co, ci / groups, kh, kt]` -> `[co, b, ho, to]` (cross-correlation) */
  readonly conv: ConvAttributes;
  /** dy, w -> dx */
  readonly 'conv-input-gradient': ConvAttributes & { readonly inputShape: readonly number[] };
  /** x, dy -> dw */
  readonly 'conv-weight-gradient': ConvAttributes & { readonly kernel: readonly [number, number] };
  // reductions; reduced axes stay with size 1
  readonly sum: { readonly axes: readonly number[] };
  readonly 'reduce-maximum': { readonly axes: readonly number[] };
  // movement
  readonly broadcast: { readonly shape: readonly number[] };
  readonly reshape: { readonly shape: readonly number[] };
  readonly transpose: { readonly permutation: readonly number[] };
  readonly slice: { readonly start: readonly number[]; readonly size: readonly number[] };
  readonly pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly concat: { readonly axis: number };
  /** `[c, b, h, t]`, no padding; the first maximum of a window wins */
  readonly 'max-pool': { readonly size: readonly [number, number]; readonly stride: readonly [number, number] };
  /** x, dy -> dx */
  readonly 'max-pool-gradient': { readonly size: readonly [number, number]; readonly stride: readonly [number, number] };
  readonly 'log-softmax': { readonly axis: number };
  // batch norm over all axes but the first; statistics are `[2, c]`: mean, then biased variance
  readonly 'batch-statistics': None;
  /** x, statistics, gamma `[c]`, beta `[c]` -> y. Its gradient includes the dependence of the statistics on x. */
  readonly 'batch-norm': { readonly epsilon: number };
  /** The same with fixed (running) statistics, which get no gradient. */
  readonly 'batch-norm-fixed': { readonly epsilon: number };
  /** x, dy, statistics -> `[2, c]`: sum of dy (= d beta), sum of dy * normalised x (= d gamma) */
  readonly 'batch-norm-sums': { readonly epsilon: number };
  /** x, dy, statistics, gamma, sums -> dx */
  readonly 'batch-norm-gradient': { readonly epsilon: number };
  /** inputs..., forward value -> the forward value; the gradient of the inputs is what `backward` says */
  readonly custom: { readonly backward: (upstream: Value, inputs: readonly Value[], output: Value) => readonly (Value | null)[] };
}

/** The name of a primitive. */
export type OpName = keyof OpAttributes;

/** One value of the graph and the operation that makes it. */
export interface Value<Name extends OpName = OpName> {
  readonly id: number;
  readonly op: Name;
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes[Name];
  readonly shape: readonly number[];
  /** For messages: the network node that this value belongs to. */
  readonly label: string;
}

/** How one group of parameters is updated. */
export interface ParameterGroup {
  readonly parameters: readonly string[];
  /** Multiplies the learning rate of the step. */
  readonly learningRateScale: number;
  readonly weightDecay: number;
}

/** An update rule; conventions as in PyTorch (NovoGrad: second moment per tensor, first step `||g||^2`, decay after normalisation, no bias correction). */
export type OptimizerRule =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | { readonly kind: 'adam' | 'adamw'; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
  | { readonly kind: 'novograd'; readonly beta1: number; readonly beta2: number; readonly epsilon: number; readonly gradientAveraging: boolean };

/** An optimiser: a rule and its parameter groups. */
export interface Optimizer {
  readonly rule: OptimizerRule;
  readonly groups: readonly ParameterGroup[];
}

/** One step as data: what is fed, what persists, what comes out, what changes. */
export interface StepGraph {
  readonly parameters: readonly Value<'parameter'>[];
  readonly states: readonly Value<'state'>[];
  readonly inputs: readonly Value<'input'>[];
  readonly outputs: Readonly<Record<string, Value>>;
  /** Gradient of the loss for each parameter, in the order of `parameters`; empty for an evaluation step. */
  readonly gradients: readonly Value[];
  /** New values of states, written after everything else has been computed. */
  readonly stateUpdates: readonly { readonly state: Value<'state'>; readonly value: Value }[];
  readonly optimizer: Optimizer | null;
}

/** What changes from step to step beside the inputs. `step` counts from 1. */
export interface StepScalars {
  readonly learningRate: number;
  readonly step: number;
}

/** A step that is ready to run. Everything it needs was allocated when it was compiled. */
export interface CompiledStep {
  /** Bytes of memory that the step occupies. */
  readonly bytes: number;
  /** A view to fill before `run`; valid until `dispose`. */
  input(name: string): Float32Array;
  run(scalars: StepScalars): void | Promise<void>;
  /** A copy of an output of the last run. */
  output(name: string): Float32Array;
  /** The first value of the last run, in the order of computation, that was not finite, as `<label> (<operation>)`; `null` if there was none. */
  firstNonFinite(): string | null | Promise<string | null>;
  /** Names of everything that persists: `parameter/<name>`, `state/<name>`, `moment1/<name>`, `moment2/<name>`. */
  slots(): readonly string[];
  read(slot: string): Float32Array;
  write(slot: string, data: Float32Array): void;
  dispose(): void;
}

/** Compiles steps. `reference` interprets in float64, `wasm` runs generated kernels. */
export interface Executor {
  readonly name: string;
  compile(step: StepGraph): CompiledStep | Promise<CompiledStep>;
}
