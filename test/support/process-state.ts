// Around each test file (vitest's setupFiles): files of one worker share a process, so each finds and leaves it unchanged.
import { afterAll, expect, vi } from 'vitest';
import { forgetSecrets } from '../../src/secret.js';

// A token of one file can be a word of another one.
forgetSecrets();

const stateOf = () => ({ env: { ...process.env }, cwd: process.cwd(), umask: process.umask() });
const before = stateOf();

afterAll(() => {
  expect(vi.isFakeTimers(), 'a test of this file leaves fake timers').toBe(false);
  expect(stateOf(), 'a test of this file leaves the process changed').toEqual(before);
});
