// Long output on a terminal goes through the person's pager, as git and gh do it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

type Environment = Readonly<Record<string, string | undefined>>;

/** The command of the pager, or null where none is wanted: BIMSERVICE_PAGER, PAGER, else less. */
export function pagerCommand(env: Environment): string | null {
  if (env.TERM === 'dumb') return null;
  const command = (env.BIMSERVICE_PAGER ?? env.PAGER ?? 'less').trim();
  return command === '' || command === 'cat' ? null : command;
}

/** Shows `text` in the pager and waits until the person leaves it. False where the pager could not be started. */
export async function showInPager(text: string, command: string, env: Environment): Promise<boolean> {
  // A pager needs no secret of ours.
  const own = Object.entries(env).filter(([name]) => !name.startsWith('BIMSERVICE_'));
  // -F: leave at once where all fits, -R: colors, -X: keep the text on the screen.
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
  // The shell says 126 or 127 where there is no such program.
  return code !== 126 && code !== 127;
}
