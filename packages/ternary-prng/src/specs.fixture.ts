/** Specs for property tests. */
import fc from 'fast-check';
import { TERNARY_GENERATORS, ternaryMatrixSpec, type TernaryMatrixSpec } from './spec.ts';

/** Specs with small sides, of every generator or of the ones that are named. */
export const specs = (generators: readonly TernaryMatrixSpec['generator'][] = TERNARY_GENERATORS): fc.Arbitrary<TernaryMatrixSpec> =>
  fc
    .record({
      seed: fc.maxSafeInteger(),
      path: fc.array(fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary' })), { maxLength: 3 }),
      rows: fc.integer({ min: 1, max: 40 }),
      columns: fc.integer({ min: 2, max: 150 }),
      density: fc.oneof(fc.constantFrom(1 / 16, 1 / 8, 1 / 4, 1 / 3, 1 / 2, 1), fc.double({ min: 1e-9, max: 1, noNaN: true })),
      generator: fc.constantFrom(...generators),
    })
    .map(ternaryMatrixSpec);
