// Turns a call that reports by a function into a stream of events.
import { BimServiceError } from '../../errors.js';

/** A stream of events that starts its work when it is read. It can be read once. */
export interface EventStream<Event> extends AsyncIterable<Event> {
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined, undefined>;
}

export interface StreamSource<Event> {
  /** Does the work. What it throws is thrown to the reader after the events. `signal`: of the caller, or that the reader has left. */
  work(onEvent: (event: Event) => void, signal: AbortSignal): Promise<void>;
  /** Two events with the same key follow each other: of a slow reader's, only the newest is kept. Null: all are kept. */
  keyOf(event: Event): string | null;
  signal: AbortSignal | undefined;
}

/** Leaving the loop (`break`) ends the work, and waits for its end. */
export function eventStream<Event>(source: StreamSource<Event>): EventStream<Event> {
  let isRead = false;
  return {
    [Symbol.asyncIterator]() {
      if (isRead) throw new BimServiceError('usage', 'a stream of events can be read only once');
      isRead = true;
      return new Reading(source);
    },
  };
}

class Reading<Event> implements AsyncIterator<Event, undefined, undefined> {
  readonly #source: StreamSource<Event>;
  readonly #left = new AbortController();
  readonly #waiting: Event[] = [];
  #working: Promise<void> | null = null;
  #end: { error: unknown } | 'done' | null = null;
  readonly #sleeping: Array<() => void> = [];

  constructor(source: StreamSource<Event>) {
    this.#source = source;
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#end === null) this.#working ??= this.#work();
    for (;;) {
      const [event] = this.#waiting.splice(0, 1);
      if (event !== undefined) return { done: false, value: event };
      const end = this.#end;
      if (end !== null) {
        // An error is thrown once; after it the stream is over.
        this.#end = 'done';
        if (end !== 'done') throw end.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resume) => {
        this.#sleeping.push(resume);
      });
    }
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.#end = 'done';
    this.#left.abort(new BimServiceError('interrupted', 'the reader of the events has left'));
    await this.#working;
    this.#waiting.length = 0;
    return { done: true, value: undefined };
  }

  async #work(): Promise<void> {
    const { signal } = this.#source;
    const stop = signal === undefined ? this.#left.signal : AbortSignal.any([signal, this.#left.signal]);
    try {
      await this.#source.work((event) => this.#add(event), stop);
      this.#end ??= 'done';
    } catch (error) {
      this.#end ??= { error };
    }
    this.#wake();
  }

  #add(event: Event): void {
    const key = this.#source.keyOf(event);
    const last = this.#waiting.at(-1);
    if (key !== null && last !== undefined && this.#source.keyOf(last) === key) this.#waiting.pop();
    this.#waiting.push(event);
    this.#wake();
  }

  /** There is news for each `next` that waits. */
  #wake(): void {
    for (const resume of this.#sleeping.splice(0)) resume();
  }
}
