/** Running models: lowering to integers, sessions, streams, decisions, evaluation. */
export { decide, Decider, type Detection } from './decide/decide.ts';
export { describeProgram, formatProgram, type ProgramDescription, type StepDescription, type TensorDescription } from './describe.ts';
export { RUNTIME_ERRORS, RuntimeError, type RuntimeErrorCode } from './errors.ts';
export { evaluate, type EvaluateOptions, type Evaluation, type Example, heardLabel, type LabelResult, type Mistake } from './evaluate/evaluate.ts';
export { type Hit, matchDetections, type MatchOptions, type Matches, type Truth } from './evaluate/match.ts';
export { spot, type SpotOptions } from './evaluate/spot.ts';
export { lower, type LowerOptions } from './lower/lower.ts';
export type {
  Activation,
  Comparison,
  Conv1dStep,
  Conv2dStep,
  DepthwiseConv1dStep,
  Epilogue,
  FloatEpilogue,
  MeanPoolStep,
  PassStep,
  Program,
  ProgramTensor,
  Requantization,
  Split,
  Step,
  StepOp,
  StepWeights,
  TensorFormat,
  ThresholdEpilogue,
  TwoTerms,
  ValueEpilogue,
  ValueOutput,
} from './program.ts';
export { alignedOf, outputsOf, residualOf } from './program.ts';
export { LOGIT_BITS, logitsFromReal, MAXIMUM_LABELS, SCORE_ONE, softmax } from './scores.ts';
export { type MemoryPlan, planMemory, type PlanOptions, type TensorPlan } from './schedule/memory-plan.ts';
export type { Backend } from './schedule/executor.ts';
export { createSession, type Scores, type Session, type SessionOptions } from './session/session.ts';
export type { Stream, StreamOptions, StreamScores, TakeScores } from './session/stream.ts';
