// A disk in memory below the machine that decides which revisions run.
import type { Inspection } from '../../../src/core/ports/watch.js';
import { type KnownModel, type Revision, Revisions } from '../../../src/core/watch/revisions.js';

/** A machine with a disk: `write` changes a file, `pass` lets time pass with a look and the inspections that are due. */
export class Disk {
  readonly machine: Revisions;
  readonly #files = new Map<string, { still: string; mark: string; content: Content }>();
  now = 0;
  #writes = 0;

  constructor(
    options: { settleMs?: number; always?: boolean; sureMarks?: boolean } = {},
    known?: ReadonlyMap<string, KnownModel>,
  ) {
    this.machine = new Revisions({ settleMs: 2000, always: false, ...options }, known);
  }

  write(path: string, content: Content): void {
    this.#writes += 1;
    this.#files.set(path, { still: `s${this.#writes}`, mark: `m${this.#writes}`, content });
  }

  /** Another content under the same size and time; only the mark (ctime) shows it. */
  writeInSecret(path: string, content: Content): void {
    this.#writes += 1;
    const still = this.#files.get(path)?.still ?? '';
    this.#files.set(path, { still, mark: `m${this.#writes}`, content });
  }

  /** Puts back a file as it was at an earlier `mark`, with its time. */
  restore(path: string, mark: string, content: Content): void {
    this.#files.set(path, { still: mark.replace('m', 's'), mark, content });
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  markOf(path: string): string {
    return this.#files.get(path)?.mark ?? 'none';
  }

  look(): void {
    this.machine.look(
      [...this.#files].map(([path, { still, mark }]) => ({ path, still, mark })),
      this.now,
    );
  }

  /** Looks now and after `ms`; returns the kinds of the decisions. */
  pass(ms: number): string[] {
    this.look();
    this.now += ms;
    this.look();
    return this.machine.due(this.now).map((path) => {
      const decision = this.machine.inspected(path, this.inspect(path), this.now);
      return decision.kind;
    });
  }

  inspect(path: string): Inspection {
    const file = this.#files.get(path);
    if (file === undefined) return { kind: 'changed' };
    const { mark, content } = file;
    if (content === 'cut') return { kind: 'unfinished', why: 'is cut', mark };
    if (content === 'locked') return { kind: 'unreadable', why: 'is locked' };
    return { kind: 'ready', hash: content, mark };
  }

  run(): string | null {
    return this.machine.take()?.hash ?? null;
  }

  done(path: string, hash: string, outcome: Revision['outcome'] = 'done'): void {
    this.machine.ended(path, { kind: 'final', revision: revision(hash, outcome) });
  }

  /** Runs what waits to its end, one after another. */
  runAll(): string[] {
    const hashes: string[] = [];
    for (;;) {
      const next = this.machine.take();
      if (next === null) return hashes;
      hashes.push(next.hash);
      this.done(next.path, next.hash);
    }
  }
}

export type Content = 'cut' | 'locked' | `h${number}`;

export function revision(hash: string, outcome: Revision['outcome'] = 'done'): Revision {
  return { hash, outcome, folder: `a/${hash}`, endedAt: 1 };
}
