// An environment for a program whose wall clock is changed while it runs.
import { fileURLToPath } from 'node:url';

const PRELOAD = fileURLToPath(new URL('moved-clock.cjs', import.meta.url));

/** `afterMs` after the start of the program, its wall clock jumps by `byMs`. */
export function movedClock(jump: { afterMs: number; byMs: number }): Record<string, string> {
  return { NODE_OPTIONS: `--require=${PRELOAD}`, MOVED_CLOCK: JSON.stringify(jump) };
}
