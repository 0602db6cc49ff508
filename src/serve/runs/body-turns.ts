// Decides which bodies are read from their sockets now. The others wait in the buffers of the kernel, so that the memory of
// the server does not grow with the number of its clients. A body that sends little or nothing needs no turn.

import type { Arrivals } from '../http/arrivals.js';

/** Bodies that are read at the same time. */
const AT_ONCE = 16;
/** While others wait, a sender that is silent for this long, ms, loses its turn: a slow one must not stop the others. */
const SILENT_MS = 100;
/** While others wait, each of them gets a turn within about this time, ms: clients give up a send that does not go on. */
const ROUND_MS = 2000;
/** A turn is not shorter than this, ms. */
const SHORTEST_MS = 50;
const LOOK_MS = 25;

/** The turn of one body. */
export interface BodyTurn extends Disposable {
  /** False when it must wait for its next turn before it reads more. */
  readonly isOn: boolean;
  /** Resolves when the turn begins. */
  begin(): Promise<void>;
  /** What arrived with the head of the request is stored, or nothing arrived. */
  settled(): void;
  /** A piece is being stored; dispose it when that is done. Until then the turn keeps its place. */
  store(): Disposable;
}

export interface BodyTurnTimes {
  readonly atOnce: number;
  readonly silentMs: number;
  readonly roundMs: number;
}

export class BodyTurns {
  readonly #reading = new Set<Turn>();
  readonly #waiting = new Set<Turn>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly arrivals: Pick<Arrivals, 'hold'>,
    private readonly times: BodyTurnTimes = { atOnce: AT_ONCE, silentMs: SILENT_MS, roundMs: ROUND_MS },
  ) {}

  /** How many bodies wait for a turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** For one body, from the head of its request on; dispose it when the body has ended. */
  join(): BodyTurn {
    return new Turn(
      this.arrivals.hold(),
      (turn) => this.#enter(turn),
      (turn) => this.#leave(turn),
    );
  }

  #enter(turn: Turn): void {
    this.#waiting.add(turn);
    this.#fill();
    if (this.#waiting.size > 0) this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  #leave(turn: Turn): void {
    this.#reading.delete(turn);
    this.#waiting.delete(turn);
    this.#fill();
  }

  #fill(): void {
    for (const turn of this.#waiting) {
      if (this.#reading.size >= this.times.atOnce) return;
      this.#waiting.delete(turn);
      this.#reading.add(turn);
      turn.start();
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends the turns of silent senders, and those that are long enough. */
  #look(): void {
    const { atOnce, silentMs, roundMs } = this.times;
    const now = performance.now();
    const longest = Math.max(SHORTEST_MS, (roundMs * atOnce) / (atOnce + this.#waiting.size));
    for (const turn of this.#reading) {
      const isSilent = !turn.isStoring && now - turn.movedAt >= silentMs;
      if (!isSilent && now - turn.startedAt < longest) continue;
      turn.isOn = false;
      // A slow disk must not gather pieces in memory: the place is free when this one is stored.
      if (!turn.isStoring) this.#reading.delete(turn);
    }
    this.#fill();
  }
}

class Turn implements BodyTurn {
  isOn = false;
  isStoring = false;
  startedAt = 0;
  movedAt = 0;
  #resolve: () => void = () => {};

  constructor(
    private readonly firstPiece: Disposable,
    private readonly enter: (turn: Turn) => void,
    private readonly leave: (turn: Turn) => void,
  ) {}

  async begin(): Promise<void> {
    if (this.isOn) return;
    const begun = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    this.enter(this);
    await begun;
  }

  settled(): void {
    this.firstPiece[Symbol.dispose]();
  }

  store(): Disposable {
    this.isStoring = true;
    return { [Symbol.dispose]: () => this.#stored() };
  }

  #stored(): void {
    this.isStoring = false;
    this.movedAt = performance.now();
    if (!this.isOn) this.leave(this);
  }

  start(): void {
    this.isOn = true;
    this.startedAt = performance.now();
    this.movedAt = this.startedAt;
    this.#resolve();
  }

  [Symbol.dispose](): void {
    this.isOn = false;
    this.firstPiece[Symbol.dispose]();
    this.leave(this);
  }
}
