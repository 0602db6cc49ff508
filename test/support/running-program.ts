// The built program as a process that runs until it is ended: a server or a worker.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanEnvironment, PROGRAM } from './cli.js';

/** Start it with `--json`: its one line says that it is ready. */
export class RunningProgram {
  readonly #child: ChildProcess;
  #said = '';
  readonly ended: Promise<number | string | null>;

  constructor(argv: readonly string[], cwd: string) {
    const child = spawn(process.execPath, [PROGRAM, ...argv], {
      cwd,
      env: cleanEnvironment(),
      stdio: 'pipe',
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    this.ended = once(child, 'close').then(
      ([code, signal]: Array<number | string | null>) => signal ?? code ?? null,
    );
  }

  get log(): string {
    return this.#said;
  }

  /** Resolves when it is ready: its one line is on stdout. */
  async ready(): Promise<void> {
    const line = new Promise<void>((resolve) => {
      this.#child.stdout?.on('data', () => resolve());
    });
    const early = this.ended.then((code) => {
      throw new Error(`it ended with ${code}: ${this.#said}`);
    });
    await Promise.race([line, early]);
    early.catch(() => {});
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#child.kill(signal);
  }
}
