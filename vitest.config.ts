/** One test run for the whole house: source is read directly through the private `@bitvox/source` condition, nothing needs a build. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@bitvox/source', 'module', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@bitvox/source', 'module', 'node', 'default'] } },
  test: {
    include: ['packages/**/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tooling/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
