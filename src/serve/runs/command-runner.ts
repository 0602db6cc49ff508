// Has commands run by a small process: to start a process, the system copies the page tables of the one that starts it,
// and the server is large. A start took 11 ms of a server with 500 clients, in which it did nothing else, and takes 3 ms there.

import { type ChildProcess, fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { parse } from 'node:path';
import { onAbort } from '../../abort.js';
import type { ProcessEnds } from '../../core/ports/processes.js';
import { messageOf, systemErrorCode } from '../../errors.js';
import { smallProgram } from '../../small-programs.js';
import { ServiceError } from '../service/served-service.js';
import {
  type CommandEnd,
  CommandNotStarted,
  type CommandRun,
  type FromRunner,
  type RunCommand,
  type RunControl,
  type ToRunner,
} from './command-run.js';
import { runCommand } from './run-command.js';
import { endRuns } from './work-folders.js';

export interface CommandRunner extends AsyncDisposable {
  readonly run: RunCommand;
}

/** Starts its process with the first run, and again where it was lost. Dispose it when all runs have ended. */
export function createCommandRunner(processes: ProcessEnds): CommandRunner {
  const program = smallProgram('run-commands');
  // The source itself runs.
  if (program === null) {
    return {
      run: (run, control) => runCommand(run, control, processes),
      async [Symbol.asyncDispose]() {},
    };
  }
  const runner = new Runner(program, processes);
  return {
    run: (run, control) => runner.run(run, control),
    [Symbol.asyncDispose]: () => runner.close(),
  };
}

interface Active {
  readonly run: CommandRun;
  readonly control: RunControl;
  resolve(end: CommandEnd): void;
  reject(reason: unknown): void;
}

class Runner {
  readonly #active = new Map<number, Active>();
  #child: ChildProcess | undefined;
  #lastId = 0;

  constructor(
    private readonly program: string,
    private readonly processes: ProcessEnds,
  ) {}

  async run(run: CommandRun, control: RunControl): Promise<CommandEnd> {
    control.signal.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    const child = this.#child ?? this.#start();
    const ended = new Promise<CommandEnd>((resolve, reject) => {
      this.#active.set(id, { run, control, resolve, reject });
    });
    send(child, { id, run });
    using _ = onAbort(control.signal, () => send(child, { id }));
    return await ended;
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // It ends what still runs, and then itself.
    if (child.connected) child.disconnect();
    await gone;
  }

  #start(): ChildProcess {
    const child = startProgram(this.program);
    this.#child = child;
    child.on('message', (message: FromRunner) => this.#take(message));
    child.once('error', (error) =>
      this.#lose(child, () => CommandNotStarted.because(systemErrorCode(error) ?? error.message)),
    );
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      this.#lose(child, () => new ServiceError(500, `The process that runs the commands was lost (${how})`));
    });
    // Only runs keep the server alive.
    child.unref();
    child.channel?.unref();
    return child;
  }

  #take(message: FromRunner): void {
    const active = this.#active.get(message.id);
    if (active === undefined) return;
    if ('progress' in message) {
      active.control.onProgress(message.progress);
      return;
    }
    this.#active.delete(message.id);
    if ('end' in message) active.resolve(message.end);
    else if ('notStarted' in message) active.reject(new CommandNotStarted(message.notStarted));
    else if ('unknown' in message) active.reject(new Error(message.unknown));
    else active.reject(active.control.signal.reason);
  }

  /** The commands of a lost process are ended: no one knows their outcome. */
  #lose(child: ChildProcess, reason: () => Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const lost = [...this.#active.values()];
    this.#active.clear();
    endRuns(
      lost.map(({ run }) => run),
      this.processes,
    );
    for (const { reject } of lost) reject(reason());
  }
}

function startProgram(program: string): ChildProcess {
  try {
    return fork(program, [], {
      // The working folder may be one that is removed.
      cwd: parse(tmpdir()).root,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  } catch (error) {
    throw CommandNotStarted.because(systemErrorCode(error) ?? messageOf(error));
  }
}

/** Where the process is gone, its `exit` follows. */
function send(child: ChildProcess, message: ToRunner): void {
  child.send(message, () => {});
}
