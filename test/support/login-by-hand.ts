// A login of the built program, with a visit to the consent in the place of a browser.
import { spawn } from 'node:child_process';
import { cleanEnvironment, PROGRAM, type Workspace } from './cli.js';
import type { FlatService } from './flat-service.js';

/** `program` is the command that starts it; `env` is its environment, without the folder of the configuration. */
export async function loginByHand(
  workspace: Workspace,
  service: FlatService,
  program: [string, ...string[]] = [process.execPath, PROGRAM],
  env = cleanEnvironment(),
) {
  const [command, ...words] = program;
  const argv = [...words, 'authorize', 'clash', '--no-browser', '-r', service.listUrl];
  const child = spawn(command, argv, {
    cwd: workspace.folder,
    env: { ...env, BIMSERVICE_CONFIG_DIR: workspace.configDir },
  });
  let said = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
      const found = /^ {2}(http:\S+)\n/m.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(said)));
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const consent = await fetch(address, { redirect: 'manual' });
  const callback = new URL(consent.headers.get('location') ?? '');
  const page = await fetch(callback);
  return { callback, page: { status: page.status, text: await page.text() }, code: await ended, said };
}
