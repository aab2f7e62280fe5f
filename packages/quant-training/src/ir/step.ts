/**
 * Assembling a step: leaves are collected from what the step has to compute, gradients are taken, everything is simplified together.
 * Invariant: names are unique within parameters, states and inputs, and every parameter of an optimiser group exists.
 */
import { TrainingError } from '../errors.ts';
import { gradient } from './gradient.ts';
import { broadcast } from './ops/sum.ts';
import { formatShape, sameShape } from './shape.ts';
import { simplify } from './simplify.ts';
import type { Optimizer, StepGraph, Value } from './types.ts';
import { isOp, topologicalOrder } from './value.ts';

/** New value of a state. */
export interface StateUpdate {
  readonly state: Value<'state'>;
  readonly value: Value;
}

/** A step before differentiation. Without an optimiser it only evaluates. */
export interface StepDescription {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly stateUpdates?: readonly StateUpdate[];
  /** What the optimiser makes smaller (one element); only parameters in one of its groups are trained. */
  readonly training?: { readonly loss: Value; readonly optimizer: Optimizer };
}

function leavesOf<Name extends 'parameter' | 'state' | 'input'>(order: readonly Value[], op: Name): Value<Name>[] {
  const leaves = order.filter((value): value is Value<Name> => isOp(value, op));
  const names = new Set<string>();
  for (const { attributes } of leaves as readonly Value<'parameter' | 'state' | 'input'>[]) {
    if (names.has(attributes.name)) throw new TrainingError('TRAIN_NAME', `got two ${op} values named "${attributes.name}", wanted one`);
    names.add(attributes.name);
  }
  return leaves;
}

function checkOptimizer(optimizer: Optimizer, parameters: readonly Value<'parameter'>[]): Set<string> {
  const known = new Set(parameters.map(({ attributes }) => attributes.name));
  const trained = new Set<string>();
  for (const name of optimizer.groups.flatMap((group) => group.parameters)) {
    if (!known.has(name)) throw new TrainingError('TRAIN_NAME', `the optimiser names parameter "${name}", which the step does not use`);
    if (trained.has(name)) throw new TrainingError('TRAIN_NAME', `the optimiser names parameter "${name}" twice, wanted one group for each`);
    trained.add(name);
  }
  return trained;
}

/** Differentiates and simplifies a step. The gradient of a parameter in no group is a constant zero: it is not trained. */
export function buildStep({ outputs, stateUpdates = [], training }: StepDescription): StepGraph {
  for (const { state, value } of stateUpdates) {
    if (!sameShape(state.shape, value.shape)) {
      throw new TrainingError(
        'TRAIN_SHAPE',
        `the update of state "${state.attributes.name}" is ${formatShape(value.shape)}, wanted ${formatShape(state.shape)}`,
      );
    }
  }
  const computed = [...Object.values(outputs), ...stateUpdates.flatMap(({ state, value }) => [state, value]), ...(training ? [training.loss] : [])];
  const order = topologicalOrder(computed);
  const parameters = leavesOf(order, 'parameter');
  const trained = training ? checkOptimizer(training.optimizer, parameters) : new Set<string>();
  const wrt = parameters.filter(({ attributes }) => trained.has(attributes.name));
  const slopes = new Map<Value, Value>(training ? gradient(training.loss, wrt).map((slope, at) => [wrt[at]!, slope]) : []);
  const gradients = training ? parameters.map((value) => slopes.get(value) ?? broadcast(0, value.shape)) : [];

  const names = Object.keys(outputs);
  const simplified = simplify([...Object.values(outputs), ...stateUpdates.map(({ value }) => value), ...gradients]);
  return {
    parameters,
    states: leavesOf(order, 'state'),
    inputs: leavesOf(order, 'input'),
    outputs: Object.fromEntries(names.map((name, at) => [name, simplified[at]!])),
    stateUpdates: stateUpdates.map(({ state }, at) => ({ state, value: simplified[names.length + at]! })),
    gradients: simplified.slice(names.length + stateUpdates.length),
    optimizer: training?.optimizer ?? null,
  };
}
