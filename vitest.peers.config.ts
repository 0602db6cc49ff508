// Every test against a peer, and docs/interoperability.md from what ran: `npm run interoperability`, and `npm run test:peers` with a released BIMserver.
import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.js';

export default mergeConfig(
  { ...usual, test: { ...usual.test, include: [], reporters: [] } },
  defineConfig({
    test: {
      include: [
        'test/dialects/**/*.test.ts',
        'test/network/{nginx,squid}.test.ts',
        'test/serve/{bimserver-client,ifctester,peers}.test.ts',
      ],
      reporters: ['default', './test/support/interoperability.ts'],
      // A released BIMserver takes a core for itself.
      fileParallelism: false,
    },
  }),
);
