// A program of its own: it runs the commands of `serve` and `worker`. `src/serve/runs/command-runner.ts` starts it, and says
// why. It ends with the channel to the server, after all commands: those that still run then are ended.
import { messageOf } from './errors.js';
import { PROCESS_ENDS } from './process-ends.js';
import {
  CommandNotStarted,
  type CommandRun,
  type FromRunner,
  type ToRunner,
} from './serve/runs/command-run.js';
import { runCommand } from './serve/runs/run-command.js';
import type { Progress } from './serve/service/served-service.js';
import { keepHeapSmall } from './serve/small-heap.js';

keepHeapSmall();

const stops = new Map<number, AbortController>();

process.on('message', (message: ToRunner) => {
  if ('run' in message) void perform(message.id, message.run);
  else stops.get(message.id)?.abort();
});

process.once('disconnect', () => {
  for (const stop of stops.values()) stop.abort();
});

// They are for the server, which decides how its runs end: a terminal and a service manager send them to all processes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function perform(id: number, run: CommandRun): Promise<void> {
  const stop = new AbortController();
  stops.set(id, stop);
  const progress = new ProgressSender(id);
  try {
    const control = { signal: stop.signal, onProgress: (latest: Progress) => progress.send(latest) };
    const end = await runCommand(run, control, PROCESS_ENDS);
    progress.flush();
    send({ id, end });
  } catch (error) {
    if (error instanceof CommandNotStarted) send({ id, notStarted: error.message });
    else if (stop.signal.aborted) send({ id, aborted: true });
    else send({ id, unknown: messageOf(error) });
  } finally {
    stops.delete(id);
  }
}

/** Sends one at a time and drops what a newer one replaces: a command may report faster than the server reads. */
class ProgressSender {
  #next: Progress | null = null;
  #isSending = false;

  constructor(private readonly id: number) {}

  send(progress: Progress): void {
    this.#next = progress;
    if (this.#isSending) return;
    this.#isSending = true;
    this.flush(() => {
      this.#isSending = false;
      if (this.#next !== null) this.send(this.#next);
    });
  }

  flush(sent: () => void = () => {}): void {
    const progress = this.#next;
    if (progress === null) return;
    this.#next = null;
    send({ id: this.id, progress }, sent);
  }
}

/** Without a channel no one waits for it. */
function send(message: FromRunner, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}
