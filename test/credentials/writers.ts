// Starts many writers at once and tells what each said; some are killed on their way.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SAVER = fileURLToPath(new URL('saver.mjs', import.meta.url));

export type Saved = 'same key' | 'other keys' | 'configuration';

export interface Writing {
  what: Saved;
  folder: string;
  writers: number;
  /** Saves of each. */
  times: number;
  /** Length of each token. */
  bytes?: number;
  /** How many of them are killed with -9, each at a moment of its own. */
  killed?: number;
}

export interface Written {
  /** What the writers acknowledged. */
  saved: string[];
  /** What they could not save: `CODE SYSTEM-CODE`. */
  failed: string[];
  exits: Array<number | null>;
}

export async function runWriters({ writers, killed = 0, ...writing }: Writing): Promise<Written> {
  const runs = Array.from({ length: writers }, async (_, writer) => {
    const child = spawn(process.execPath, [SAVER, JSON.stringify({ ...writing, writer })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    if (writer < killed) {
      // From its first save on, so that the kill strikes at work and not at the start.
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
