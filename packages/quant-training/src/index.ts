/** Quantisation-aware training: networks to step graphs, quantizers, losses, optimisers, the trainer, checkpoints and freezing. */
export { TRAINING_ERRORS, TrainingError, type TrainingErrorCode } from './errors.ts';
export type { CompiledStep, Executor, Optimizer, OptimizerRule, ParameterGroup, StepGraph, StepScalars, Value } from './ir/types.ts';
export { referenceExecutor } from './exec/reference.ts';
export { wasmExecutor, type WasmExecutorOptions } from './exec/wasm/executor.ts';
export type { Spawn, SpawnedThread } from './exec/pool/pool.ts';
export { spawnWebWorker } from './exec/pool/web-worker.ts';
export * from './quantizers/index.ts';
export * from './losses/index.ts';
export * from './optimizers/index.ts';
export { learningRates, type Schedule, type ScheduleKind } from './schedules/index.ts';
export { initialize, initializeFrom } from './network/initialize.ts';
export { type GroupRule, parameterGroups } from './network/parameter-groups.ts';
export type { Trainable } from './network/levels.ts';
export type { Mask } from './network/leaves.ts';
export {
  calibrationStep,
  evaluationStep,
  LEVEL_WEIGHTS,
  teacherStep,
  type TeacherStepOptions,
  trainingStep,
  type TrainingStep,
  type TrainingStepOptions,
} from './network/steps.ts';
export type { DistillationSettings, FeatureDistillation, LogitDistillation } from './network/teaching.ts';
export type { Batch, Batches, EvaluationData, TrainingData } from './trainer/data.ts';
export type {
  CheckpointEvent,
  DoneEvent,
  EpochEvent,
  LevelMeasurement,
  StartEvent,
  StepEvent,
  StoppedEvent,
  TrainingEvent,
  ValidationEvent,
} from './trainer/events.ts';
export type { Recipe } from './trainer/recipe.ts';
export type { Teacher } from './trainer/teacher.ts';
export { train, type TrainOptions } from './trainer/train.ts';
export { createPredictor, type Measurement, type Predictor, type PredictorOptions } from './trainer/predictor.ts';
export { classify, countCorrect } from './trainer/score.ts';
export { calibrate, type CalibrationOptions } from './trainer/calibrate.ts';
export { type Checkpoint, CHECKPOINT_VERSION, decodeCheckpoint, encodeCheckpoint, type Kept, type Position, type Tally } from './trainer/checkpoint.ts';
export { equalisePriors } from './priors.ts';
export { freeze, packBits } from './freeze.ts';
