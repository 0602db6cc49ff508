// The places of a queue: a limited number, and a wait for the moment when all are free.

export class Places {
  #taken = 0;
  #stopping = false;
  #onIdle: Array<() => void> = [];

  constructor(private readonly limit: number) {}

  /** Active and waiting runs. */
  get taken(): number {
    return this.#taken;
  }

  /** The function that frees the place; a second call does nothing. */
  take(): (() => void) | 'full' | 'stopping' {
    if (this.#stopping) return 'stopping';
    if (this.#taken >= this.limit) return 'full';
    this.#taken += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      if (this.#taken === 0) for (const idle of this.#onIdle.splice(0)) idle();
    };
  }

  /** Gives no more places, and resolves when every place is free. */
  async drain(): Promise<void> {
    this.#stopping = true;
    if (this.#taken > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }
}
