// Where the small programs are that the program starts as processes of their own.
import { existsSync } from 'node:fs';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** Those that the one-file program contains: started with such a word and a channel, it is that program. */
export const CONTAINED = ['hold-page', 'run-commands'] as const;

/** Each is a file of `src` that is bundled on its own. */
export type SmallProgram = (typeof CONTAINED)[number] | 'check-update';

/** What `fork` starts. Null where there is no such program: the source itself runs, without a bundle. */
export function smallProgram(name: SmallProgram): string | null {
  if (isSea()) return CONTAINED.some((contained) => contained === name) ? wordOf(name) : null;
  // As seen from the chunks of the program.
  const bundle = fileURLToPath(new URL(`../${name}.cjs`, import.meta.url));
  return existsSync(bundle) ? bundle : null;
}

/** The word that makes the one-file program this program: it has no other file that could be started. */
export function wordOf(name: SmallProgram): string {
  return `--${name}`;
}
