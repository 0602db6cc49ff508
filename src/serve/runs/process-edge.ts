// The part of the process that commands need.

export interface ProcessEdge {
  /** Sends a signal to a process and its whole group. A group that has ended is not an error. */
  signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void;
}
