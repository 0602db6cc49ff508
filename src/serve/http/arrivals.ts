// New connections are read a few at a time: each first read can bring 64 KiB, and hundreds of clients may come at once.

import type { Socket } from 'node:net';

/** Connections that begin to be read in one turn of the event loop. */
const EACH_TURN = 16;
/** First pieces of bodies in memory; while there are so many, no other connection begins. */
const MOST_HELD = 32;
/** A piece that waits longer than this, ms, for a database that does not respond does not stop those who need none. */
const LONGEST_HOLD_MS = 250;

export class Arrivals {
  readonly #waiting = new Set<Socket>();
  #held = 0;
  #isPlanned = false;

  /** A new connection, of which nothing was read yet, waits here until it may be read. */
  add(socket: Socket): void {
    this.#waiting.add(socket);
    socket.once('close', () => this.#waiting.delete(socket));
    this.#plan();
  }

  /** A request has begun whose first piece is in memory; dispose it when that piece is stored. */
  hold(): Disposable {
    let isHeld = true;
    this.#held += 1;
    const end = (): void => {
      if (!isHeld) return;
      isHeld = false;
      clearTimeout(timer);
      this.#held -= 1;
      this.#plan();
    };
    const timer = setTimeout(end, LONGEST_HOLD_MS);
    return { [Symbol.dispose]: end };
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.size === 0 || this.#held >= MOST_HELD) return;
    this.#isPlanned = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#isPlanned = false;
    let begun = 0;
    for (const socket of this.#waiting) {
      if (begun === EACH_TURN) break;
      begun += 1;
      this.#waiting.delete(socket);
      socket.resume();
    }
    this.#plan();
  }
}
