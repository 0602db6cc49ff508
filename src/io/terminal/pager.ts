// Shows long output on a terminal in the person's pager, like git and gh.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

type Environment = Readonly<Record<string, string | undefined>>;

/** The command of the pager, or null when none is wanted: BIMSERVICE_PAGER, PAGER, otherwise less. */
export function pagerCommand(env: Environment): string | null {
  if (env.TERM === 'dumb') return null;
  const command = (env.BIMSERVICE_PAGER ?? env.PAGER ?? 'less').trim();
  return command === '' || command === 'cat' ? null : command;
}

/** Shows `text` in the pager and waits until the person leaves it. False when the pager could not be started. */
export async function showInPager(text: string, command: string, env: Environment): Promise<boolean> {
  // The pager does not get our secrets.
  const own = Object.entries(env).filter(([name]) => !name.startsWith('BIMSERVICE_'));
  // -F: leave at once when everything fits, -R: colors, -X: keep the text on the screen.
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LV: '-c', ...Object.fromEntries(own) },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const code = await once(child, 'close').then(
    ([status]) => status,
    () => 127,
  );
  // The shell exits with 126 or 127 when there is no such program.
  return code !== 126 && code !== 127;
}
