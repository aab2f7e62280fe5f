import { describe, expect, test } from 'vitest';
import { threefry } from './threefry.ts';

describe('the answers that Random123 publishes for threefry2x32, 13 rounds', () => {
  test.each([
    [
      [0, 0],
      [0, 0],
      ['9d1c5ec6', '8bd50731'],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ['fd36d048', '2d17272c'],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      ['ba3e4725', 'f27d669e'],
    ],
  ])('counter %j key %j', (counter, key, answer) => {
    const words = new Uint32Array(2);
    threefry([key[0], key[1]], counter[0], counter[1], words);
    expect(Array.from(words, (word) => word.toString(16))).toEqual(answer);
  });
});
