// Runs the commands of a page in a shell, in a home of their own, with the built program and a provider on this machine.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { duplicateGuids } from '../../src/serve/checks/duplicate-guids.js';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { type Provider, startProvider } from '../../src/serve/provider.js';
import { cleanEnvironment, PROGRAM } from './cli.js';

/** Clicks Allow on the consent page of the provider, as the program's own demo does. */
const CONSENT = fileURLToPath(new URL('../../.test-build/serve/oauth/self-consent.js', import.meta.url));

export interface ShellResult {
  code: number;
  /** stdout and stderr, in the order in which they were written. */
  output: string;
}

export class DocSession implements AsyncDisposable {
  readonly folder: string;
  readonly provider: Provider;

  private constructor(folder: string, provider: Provider) {
    this.folder = folder;
    this.provider = provider;
  }

  static async start(): Promise<DocSession> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'bimservice-docs-')));
    const provider = await startProvider({ port: 0, host: '127.0.0.1', services: [duplicateGuids] });
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'you'));
    const script = async (name: string, text: string) => {
      await writeFile(join(folder, 'bin', name), text);
      await chmod(join(folder, 'bin', name), 0o755);
    };
    await script('bimservice', `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    await script('npx', '#!/bin/sh\nexec "$@"\n');
    await script(
      'browser',
      `#!/bin/sh\nexec "${process.execPath}" --input-type=module -e 'const { selfConsent } = await import("file://${CONSENT}"); await selfConsent().open(process.argv[1]);' "$@"\n`,
    );
    await writeFile(join(folder, 'you', 'model.ifc'), SAMPLE_MODEL);
    return new DocSession(folder, provider);
  }

  /** The working folder and home of the commands. */
  get home(): string {
    return join(this.folder, 'you');
  }

  /** Runs one line of a page with `/bin/sh`. */
  run(line: string, env: Record<string, string> = {}): Promise<ShellResult> {
    const bin = join(this.folder, 'bin');
    return new Promise((resolve) => {
      const child = execFile(
        '/bin/sh',
        ['-c', `exec 2>&1; ${line}`],
        {
          cwd: this.home,
          env: {
            ...cleanEnvironment(),
            HOME: this.home,
            XDG_CONFIG_HOME: join(this.home, '.config'),
            PATH: `${bin}:${process.env.PATH}`,
            BROWSER: join(bin, 'browser'),
            DISPLAY: '',
            WAYLAND_DISPLAY: '',
            ...env,
          },
        },
        (error, output) => resolve({ code: error === null ? 0 : Number(error.code), output }),
      );
      child.stdin?.end();
    });
  }

  /** Runs `bimservice serve` on a free port until it has printed `lines` lines, then presses Ctrl-C. */
  async serve(lines: number): Promise<ShellResult> {
    const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0'], {
      cwd: this.home,
      env: { ...cleanEnvironment(), HOME: this.home, XDG_DATA_HOME: join(this.home, '.data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (text: string) => {
      output += text;
      if (/^Serving /m.test(output) && output.split('\n').length > lines) child.kill('SIGINT');
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
    const [code] = await once(child, 'close');
    return { code: typeof code === 'number' ? code : 130, output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
