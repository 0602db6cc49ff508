// Runs the commands of a page as a reader does: in a shell, with an empty home, with the built program.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { cleanEnvironment, PROGRAM } from './cli.js';
import { stepModel } from './fixtures.js';

/** Clicks Allow on the consent page of the provider, as the program's own demo does. */
const CONSENT = fileURLToPath(new URL('../../.test-build/serve/oauth/self-consent.js', import.meta.url));

/** The port of `bimservice serve` on the pages. */
const SHOWN_PORT = '8765';

/** Between the outputs of two commands, with the exit code of the first. */
const MARK = '-=-=-';

export interface CommandResult {
  code: number;
  /** stdout and stderr, in the order in which they were written, as the page shows them. */
  lines: string[];
}

/** What differs each time, and what the pages show in its place. */
const REPLACEMENTS: ReadonlyArray<readonly [pattern: RegExp, shown: string, reason: string]> = [
  [
    /^\S.*: (?:sending|receiving|service is working) .*\n/gm,
    '',
    'at a terminal the last line takes their place',
  ],
  [/^Clients and tokens are forgotten when it ends\. .*\n/gm, '', 'only Node before 22.13 says it'],
  [/\b127\.0\.0\.1:(?!8765\b)\d+/g, '127.0.0.1:41234', 'a free port of the demo and of the redirect'],
  [
    /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g,
    'c0d99263-9966-4195-8834-575e43dc0638',
    'a topic has a new GUID in each result',
  ],
  [/^[\w-]{43}$/gm, 'MrY4TqDAElZV…', 'a token is a secret, and a new one each time'],
];

export class DocSession implements AsyncDisposable {
  readonly folder: string;
  #server: ChildProcess | null = null;
  /** Where `bimservice serve` really listens: the port of the pages may be in use. */
  #port = SHOWN_PORT;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(): Promise<DocSession> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'bimservice-docs-')));
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'you', 'models'), { recursive: true });
    const script = async (name: string, text: string) => {
      await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
      await chmod(join(folder, 'bin', name), 0o755);
    };
    await script('bimservice', `exec "${process.execPath}" "${PROGRAM}" "$@"`);
    await script('npx', 'exec "$@"');
    await script(
      'browser',
      `exec "${process.execPath}" --input-type=module -e 'const { selfConsent } = await import("file://${CONSENT}"); await selfConsent().open(process.argv[1]);' "$@"`,
    );
    await writeFile(join(folder, 'you', 'model.ifc'), SAMPLE_MODEL);
    await writeFile(join(folder, 'you', 'models', 'house.ifc'), SAMPLE_MODEL);
    await writeFile(join(folder, 'you', 'models', 'school.ifc'), stepModel({ schema: 'IFC2X3' }));
    return new DocSession(folder);
  }

  /** The working folder and home of the commands. */
  get home(): string {
    return join(this.folder, 'you');
  }

  /**
   * Runs the lines of a block one after the other with `/bin/sh`; what they export lasts until the end of the block.
   * `bimservice serve` goes on until the session ends.
   */
  async runBlock(commands: readonly string[], env: Record<string, string> = {}): Promise<CommandResult[]> {
    const [first = ''] = commands;
    if (/^bimservice serve( --|$)/.test(first)) return [await this.#serve(first)];
    const script = commands.map((line) => `${line}\nprintf '\\n%s %s\\n' '${MARK}' $?`).join('\n');
    const child = this.#shell(`exec 2>&1\n${script.replaceAll(SHOWN_PORT, this.#port)}`, env);
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    const parts = this.#asShown(output).matchAll(new RegExp(`([\\s\\S]*?)\\n${MARK} (\\d+)\\n`, 'g'));
    const results = [...parts].map(([, text = '', code]) => ({ code: Number(code), lines: linesOf(text) }));
    if (results.length !== commands.length) throw new Error(`the shell ended early:\n${output}`);
    return results;
  }

  /** Starts the server of a page, and reads what it prints before its first request. */
  async #serve(line: string): Promise<CommandResult> {
    await this.#stop();
    const child = this.#shell(`exec 2>&1; exec ${line} --port 0`, {});
    this.#server = child;
    let printed = '';
    const origin = await new Promise<string>((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (part: string) => {
        printed += part;
        const [address] = /http:\/\/127\.0\.0\.1:\d+(?=\.)/.exec(printed) ?? [];
        if (address !== undefined) resolve(address);
      });
      child.once('close', () => reject(new Error(`serve ended: ${printed}`)));
    });
    this.#port = new URL(origin).port;
    // Its lines are written before it responds.
    await (await fetch(`${origin}/healthz`)).text();
    return { code: 0, lines: linesOf(this.#asShown(printed.replace(/^\d{4}-\d\d-\d\dT[\s\S]*/m, ''))) };
  }

  #shell(script: string, env: Record<string, string>): ChildProcess {
    const bin = join(this.folder, 'bin');
    return spawn('/bin/sh', ['-c', script], {
      cwd: this.home,
      env: {
        ...cleanEnvironment(),
        HOME: this.home,
        XDG_CONFIG_HOME: join(this.home, '.config'),
        XDG_DATA_HOME: join(this.home, '.local', 'share'),
        PATH: `${bin}:${process.env.PATH}`,
        BROWSER: join(bin, 'browser'),
        DISPLAY: '',
        WAYLAND_DISPLAY: '',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  #asShown(output: string): string {
    const own = output
      .replace(new RegExp(`\\b${this.#port}\\b`, 'g'), SHOWN_PORT)
      .replaceAll(this.home, '/home/you');
    return REPLACEMENTS.reduce((text, [pattern, shown]) => text.replace(pattern, shown), own);
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'close');
    server.kill('SIGINT');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function linesOf(text: string): string[] {
  const trimmed = text.trimEnd();
  return trimmed === '' ? [] : trimmed.split('\n');
}
