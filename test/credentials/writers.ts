// Starts many writers at once and reports what each one saved; some are killed while they write.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/** saver.mjs and what it imports as one file, which starts in half the time: a run of the group starts hundreds. */
const SAVER = fileURLToPath(new URL('../../.test-build/saver.cjs', import.meta.url));
const bundled = build({
  input: fileURLToPath(new URL('saver.mjs', import.meta.url)),
  platform: 'node',
  output: { file: SAVER, format: 'cjs', codeSplitting: false },
});

export type Saved = 'same key' | 'other keys' | 'configuration';

export interface Writing {
  what: Saved;
  folder: string;
  writers: number;
  /** How many of them are in one process; 1 by default. */
  perProcess?: number;
  /** The number of saves of each writer. */
  times: number;
  /** The length of each token. */
  bytes?: number;
  /** How many processes are killed with -9, each at a random moment. */
  killed?: number;
}

export interface Written {
  /** The saves that the writers acknowledged. */
  saved: string[];
  /** The failed saves: `CODE SYSTEM-CODE`. */
  failed: string[];
  exits: Array<number | null>;
}

export async function runWriters({
  writers,
  perProcess = 1,
  killed = 0,
  ...writing
}: Writing): Promise<Written> {
  await bundled;
  const runs = Array.from({ length: writers / perProcess }, async (_, place) => {
    const own = Array.from({ length: perProcess }, (_, index) => place * perProcess + index);
    const child = spawn(process.execPath, [SAVER, JSON.stringify({ ...writing, writers: own })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    if (place < killed) {
      // Killed only after its first save, so that the kill interrupts its work and not its start.
      child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 60));
    }
    const [exit] = (await once(child, 'close')) as [number | null];
    return { exit, lines: text.split('\n').filter((line) => line !== '') };
  });
  const ended = await Promise.all(runs);
  const said = (word: string) =>
    ended
      .flatMap(({ lines }) => lines)
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));
  return { saved: said('saved'), failed: said('failed'), exits: ended.map(({ exit }) => exit) };
}
