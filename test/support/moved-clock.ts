// The environment of a program whose wall clock is set while it runs.
import { fileURLToPath } from 'node:url';

const PRELOAD = fileURLToPath(new URL('moved-clock.cjs', import.meta.url));

/** After `afterMs` of the program's life its wall clock jumps by `byMs`. */
export function movedClock(jump: { afterMs: number; byMs: number }): Record<string, string> {
  return { NODE_OPTIONS: `--require=${PRELOAD}`, MOVED_CLOCK: JSON.stringify(jump) };
}
