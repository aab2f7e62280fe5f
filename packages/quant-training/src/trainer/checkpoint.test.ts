import { describe, expect, test } from 'vitest';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';

describe('checkpoint files', () => {
  const checkpoint: Checkpoint = {
    graph: '[]',
    recipe: '{}',
    position: { epoch: 1, batch: 2, step: 3 },
    tally: { clips: 4, correct: 5, loss: 0.1 + 0.2 },
    kept: { epoch: 0, accuracy: 1 / 3 },
    slots: new Map([
      ['parameter/a', Float32Array.of(1, -0, 1e-40)],
      ['kept/b', new Float32Array(0)],
    ]),
  };
  const file = encodeCheckpoint(checkpoint);

  test('hold every bit', () => {
    expect(decodeCheckpoint(file)).toEqual(checkpoint);
    expect(decodeCheckpoint(encodeCheckpoint({ ...checkpoint, kept: null })).kept).toBeNull();
  });

  test('that are cut, changed or of another kind are refused', () => {
    const code = expect.objectContaining({ code: 'TRAIN_CHECKPOINT' });
    for (let length = 0; length < file.length; length += 7) expect(() => decodeCheckpoint(file.subarray(0, length))).toThrow(code);
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= 0x10;
      expect(() => decodeCheckpoint(changed), `byte ${at}`).toThrow(code);
    }
  });
});
