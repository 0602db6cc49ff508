// A program in a pid namespace of its own, as in a container that shares its host name with others. Linux and root only.
import { execFileSync } from 'node:child_process';

/** Why there is no such namespace here; null when there is. The reason a test is skipped with. */
export const noPidNamespace: string | null = reason();

function reason(): string | null {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'needs unshare(1) and the right to make a pid namespace';
  }
}

/** The command line that runs `words` in a new pid namespace, where `pidsBefore` process ids have been used already. */
export function ownPidNamespace(words: readonly string[], pidsBefore: number): [string, string[]] {
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const script = `i=0; while [ $i -lt ${pidsBefore} ]; do (:); i=$((i+1)); done; ${quoted}; exit $?`;
  return ['unshare', ['--pid', '--fork', '--mount-proc', 'sh', '-c', script]];
}
