// `npm run test:slow`: what takes minutes, and the same cases with more repetitions.
import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.js';

export default mergeConfig(
  { ...usual, test: { ...usual.test, include: [] } },
  defineConfig({
    test: {
      include: [
        'test/**/*.slow.ts',
        'test/credentials/g14-writers.test.ts',
        'test/credentials/refresh.test.ts',
        'test/faults/g23-machines.test.ts',
      ],
      env: { BIMSERVICE_SLOW_TESTS: '1' },
      testTimeout: 600_000,
    },
  }),
);
