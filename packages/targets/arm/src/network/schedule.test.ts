import type { Program, ProgramTensor, Step } from '@bitvox/runtime';
import { expect, test } from 'vitest';
import { isPlayable, planRings } from './schedule.ts';

const tensor = (hop = 1, delay = 0): ProgramTensor => ({ name: 'x', format: 'i16', channels: 1, scale: 1, hop, delay, padding: [0, 0], fill: null });

function step(input: number, output: number, kernel: number, padding: readonly [number, number], more: { stride?: number; residual?: number } = {}): Step {
  return {
    op: 'mean-pool',
    node: 'x',
    members: [],
    input,
    inputChannels: 1,
    channels: 1,
    accumulator: 'i32',
    terms: null,
    window: { kernel, stride: more.stride ?? 1, dilation: 1, padding },
    epilogue: {
      kind: 'value',
      requantization: null,
      activation: { kind: 'none' },
      residual: more.residual ?? null,
      then: { kind: 'none' },
      outputs: [{ tensor: output, shift: 0, comparison: null, split: null }],
    },
  };
}

function program(tensors: readonly ProgramTensor[], steps: readonly Step[]): Program {
  const decision = { smoothing: 0, thresholds: {}, refractory: 0 };
  return {
    name: 'x',
    kind: 'integer',
    input: { channels: 1, frames: 9, scale: 1 },
    tensors,
    steps,
    output: tensors.length - 1,
    labels: ['x'],
    features: {},
    decision,
  };
}

test('a window keeps as many frames as it has taps, and one more where its kernel looks back', () => {
  const network = program([tensor(), tensor(1, 0)], [step(0, 1, 5, [4, 0])]);
  expect([...planRings(network, [0]).depths]).toEqual([5, 1]);
  expect([...planRings(network, [1]).depths]).toEqual([6, 1]);
});

test('a value that is added later waits', () => {
  // The window looks three frames ahead; its own input is added to the result.
  const network = program([tensor(), tensor(1, 3)], [step(0, 1, 4, [0, 3], { residual: 0 })]);
  expect([...planRings(network, [0]).depths]).toEqual([4, 1]);
});

test('a stride leaves frames behind', () => {
  const network = program([tensor(), tensor(2, 2), tensor(2, 6)], [step(0, 1, 3, [0, 0], { stride: 2 }), step(1, 2, 3, [0, 0])]);
  expect([...planRings(network, [0, 0]).depths]).toEqual([3, 3, 1]);
});

test('a value that is read as soon as it is written passes, one that waits does not', () => {
  const chain = program([tensor(), tensor(), tensor()], [step(0, 1, 1, [0, 0]), step(1, 2, 1, [0, 0])]);
  expect(planRings(chain, [0, 0]).passes).toEqual([true, true, true]);
  // The last step adds a value that comes a frame later than its input.
  const waits = program(
    [tensor(), tensor(), tensor(1, 1), tensor(1, 1)],
    [step(0, 1, 1, [0, 0]), step(0, 2, 2, [0, 0]), step(1, 3, 1, [0, 0], { residual: 2 })],
  );
  expect(planRings(waits, [0, 0, 0])).toEqual({ depths: Int32Array.of(2, 2, 1, 1), passes: [false, false, true, true] });
});

test('a network that takes too long to play through is recognised', () => {
  expect(isPlayable(program([tensor(), tensor(5000)], []))).toBe(false);
  expect(isPlayable(program([tensor(), tensor(1, 2 ** 21)], []))).toBe(false);
  expect(isPlayable(program([tensor(), tensor(3, 12)], []))).toBe(true);
});
