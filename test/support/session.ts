// A run of the built program that a test interacts with: reads its output, types, presses Ctrl-C.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type CliResult, cleanEnvironment, type Desk, PROGRAM } from './cli.js';

const PATIENCE_MS = 15_000;

export class Session implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown[]>;
  #stdout = '';
  #stderr = '';

  constructor(desk: Desk, argv: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [PROGRAM, ...argv], {
      cwd: desk.folder,
      env: { ...cleanEnvironment(), BIMSERVICE_CONFIG_DIR: desk.configDir, ...env },
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** Waits for `pattern` on stderr and returns its first group. @throws Error when the program ends, or at the timeout. */
  async said(pattern: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = pattern.exec(this.#stderr);
      if (found !== null) return found[1] ?? found[0];
      if (this.#child.exitCode !== null) throw new Error(`it ended and printed only: ${this.#stderr}`);
      await Promise.race([once(this.#child.stderr, 'data', { signal: deadline }), this.#ended]);
    }
  }

  /** Types a line; stdin stays open. */
  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  closeStdin(): void {
    this.#child.stdin.end();
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
