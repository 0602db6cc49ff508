// What the work of commands needs from the process that runs us.

export interface ProcessEdge {
  /** Sends a signal to a process and all of its group. A group that is gone is no error. */
  signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void;
}
