// A run of the built program that a test interacts with: reads its output, types, presses Ctrl-C.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { type CliResult, cleanEnvironment, PROGRAM, type Workspace } from './cli.js';
import { onTerminal } from './pseudo-terminal.js';

/** Below the limit of a test, so that the failure shows what the program printed. */
const PATIENCE_MS = 50_000;

export class Session implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown[]>;
  readonly #shown: Readable;
  #stdout = '';
  #stderr = '';

  /** With `terminal` the program runs on a pseudo-terminal: what it shows counts as stderr, and `type` presses keys. */
  constructor(
    workspace: Workspace,
    argv: readonly string[],
    { env = {}, terminal = false }: { env?: Record<string, string>; terminal?: boolean } = {},
  ) {
    const line = [process.execPath, PROGRAM, ...argv];
    const [program = '', ...words] = terminal ? onTerminal(`exec '${line.join("' '")}'`) : line;
    this.#child = spawn(program, words, {
      cwd: workspace.folder,
      env: {
        ...cleanEnvironment(),
        BIMSERVICE_CONFIG_DIR: workspace.configDir,
        ...(terminal ? { TERM: 'xterm' } : {}),
        ...env,
      },
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdin.on('error', () => {});
    this.#shown = terminal ? this.#child.stdout : this.#child.stderr;
    this.#shown.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    (terminal ? this.#child.stderr : this.#child.stdout).setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
  }

  /** Waits for `pattern` on stderr and returns its first group. @throws Error when the program ends, or at the timeout. */
  async waitForText(pattern: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = pattern.exec(this.#stderr);
      if (found !== null) return found[1] ?? found[0];
      if (this.#child.exitCode !== null) throw new Error(`it ended and printed only: ${this.#stderr}`);
      await Promise.race([once(this.#shown, 'data', { signal: deadline }), this.#ended]);
    }
  }

  /** Types a line; stdin stays open. */
  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  closeStdin(): void {
    this.#child.stdin.end();
  }

  /** As `kill -9` does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  async end(): Promise<CliResult> {
    const [code] = await this.#ended;
    return { code: typeof code === 'number' ? code : 130, stdout: this.#stdout, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** A login at the double of `FlatService` that waits for the consent. */
export class ClashLogin extends Session {
  constructor(workspace: Workspace, listUrl: string, ...options: string[]) {
    super(workspace, ['authorize', 'clash', ...options, '-r', listUrl]);
  }

  /** The address of the consent page, as soon as it is printed. */
  consent(): Promise<string> {
    return this.waitForText(/^ {2}(http:\S+)$/m);
  }
}
