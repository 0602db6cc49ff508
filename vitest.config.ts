import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/fresh-build.ts', 'test/support/leave-nothing.ts'],
    setupFiles: ['test/support/process-state.ts', 'test/support/patterns-match.ts'],
    // Far above what a test takes: on a busy machine of two cores a start of the program alone can take seconds.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A test that asserts nothing fails: its assertions may be in a callback or a loop that never ran.
    expect: { poll: { timeout: 50_000 }, requireAssertions: true },
    // Most tests wait for sockets and child processes, so there are more workers than cores; processes keep crashes and signals apart.
    pool: 'forks',
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // Files of one worker share its modules: to load vitest and the source again for each file takes a quarter of the CPU time.
    isolate: false,
    dangerouslyIgnoreUnhandledErrors: false,
    // oidc-provider says at each start that it speaks http and keeps its data in memory: both are meant here.
    onConsoleLog: (log) => !/oidc-provider (WARNING|NOTICE):/.test(log),
    reporters: ['default', './test/support/ci-log.ts', ['json', { outputFile: '.test-results.json' }]],
  },
});
