// What a server needs of the process that it runs in, and of those that it starts.

/** How processes are ended. */
export type ProcessEnds = Pick<Processes, 'signalGroup' | 'kill'>;

export interface Processes {
  /** Sends a signal to a process and to all of its group. A group that is gone is no error. */
  signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Ends one process at once. A process that is gone is no error. */
  kill(pid: number): void;
  /** Calls `listener` for each SIGHUP from now on; the result ends that. */
  onReload(listener: () => void): () => void;
  /** From now on the first SIGINT or SIGTERM leaves as much time as it takes; a second one still ends at once. */
  takeTime(): void;
}
