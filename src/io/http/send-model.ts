// Send: sends a model as fast as the network accepts it, and stops when the server does not want it.
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { ModelRequest } from '../../core/ports/http.js';
import { asError } from '../../errors.js';
import { isRefusal, type ModelConnection } from './model-connection.js';
import { lost } from './post-failures.js';

/** A network that accepts a part within this time gets whole pieces; on a slower one progress would move in large steps. */
const FAST_MS = 20;
const PART_BYTES = 1024 * 1024;

export class ModelSending {
  /** The bytes of the model that were passed to the kernel, accepted or not. */
  bytesOut = 0;
  /** True when the kernel has every byte of the request. */
  isSent = false;
  /** Resolves when the model is sent, or when it is clear that it never will be; rejects when reading the model failed. */
  readonly over: Promise<void>;
  readonly #connection: ModelConnection;
  readonly #request: ModelRequest;
  #bytesTaken = 0;
  #refused = false;
  #responded = false;

  /** `asks`: waits for `100 Continue` first. */
  constructor(connection: ModelConnection, request: ModelRequest, asks: boolean) {
    this.#connection = connection;
    this.#request = request;
    request.onProgress({ phase: 'connect' });
    connection.client.once('response', (message) => {
      this.#responded = true;
      // RFC 9112 9.3: after a refusal a client stops sending. After an early 2xx it continues: the service may respond while it reads.
      this.#refused = isRefusal(message);
    });
    this.over = this.#send(asks).finally(() => {
      connection.sending = false;
    });
    this.over.catch(() => {});
  }

  /** False: no byte of the model was sent. An empty model counts as sent with the last byte of its head. */
  get hasLeft(): boolean {
    return this.bytesOut > 0 || this.isSent;
  }

  async #send(asks: boolean): Promise<void> {
    const connection = this.#connection;
    await connection.connected();
    connection.phase = 'upload';
    if (asks && !(await this.#maySend())) return;
    this.#request.onProgress({ phase: 'upload', bytes: 0, total: this.#request.length });
    this.#watchForEnd();
    try {
      await this.#sendPieces();
    } catch (error) {
      // Reading the model failed (a read error, a changed file): the request must not look complete.
      connection.destroy(asError(error));
      throw error;
    }
    await readArrived();
    if (this.#isUnwanted) return;
    await this.#finish();
    if (!this.#responded) this.#wait();
  }

  get #isUnwanted(): boolean {
    return this.#refused || this.#connection.client.destroyed;
  }

  /** False when the server refused; true when it sent `100 Continue`, an early 2xx, or nothing in time. */
  #maySend(): Promise<boolean> {
    const { client, limits } = this.#connection;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), limits.expectMs);
      const settle = (go: boolean) => {
        clearTimeout(timer);
        resolve(go);
      };
      client.once('continue', () => settle(true));
      client.once('response', (message) => settle(!isRefusal(message)));
      client.once('close', () => settle(false));
    });
  }

  /**
   * After the other side's FIN Node sends nothing new, so the rest of the model is lost; a refusal is still read. What was
   * handed over is still sent: over TLS a server may respond and close before the last write is confirmed.
   */
  #watchForEnd(): void {
    const connection = this.#connection;
    const { client } = connection;
    client.socket?.once('end', () => {
      const isHandedOver = this.bytesOut === this.#request.length;
      if (!this.#refused && !client.writableEnded && !isHandedOver)
        connection.destroy(lost('the connection was closed'));
    });
  }

  /**
   * At most two parts are in use, as the buffer contract of `ModelSource.body` requires. So the kernel always has a part to
   * send, and no memory is reused too early.
   */
  async #sendPieces(): Promise<void> {
    const total = this.#request.length;
    let before: Promise<void> = Promise.resolve();
    let isFast = false;
    for await (const piece of this.#request.body) {
      for (const part of isFast ? [piece] : partsOf(piece)) {
        await readArrived();
        if (this.#isUnwanted) return;
        this.bytesOut += part.length;
        const taken = this.#accepted(part);
        const handedOver = performance.now();
        await before;
        isFast = performance.now() - handedOver < FAST_MS;
        before = taken;
        this.#request.onProgress({ phase: 'upload', bytes: this.bytesOut, total });
      }
    }
  }

  /** Resolves when the kernel has accepted `part`, or when it is no longer wanted. */
  #accepted(part: Uint8Array): Promise<void> {
    const connection = this.#connection;
    const { client } = connection;
    connection.writing += 1;
    return new Promise((resolve) => {
      const refused = (message: IncomingMessage) => {
        if (isRefusal(message)) settle();
      };
      const settle = () => {
        client.off('response', refused);
        client.off('close', settle);
        resolve();
      };
      client.once('response', refused);
      client.once('close', settle);
      client.write(part, (error) => {
        connection.writing -= 1;
        connection.moved();
        if (!error) this.#bytesTaken += part.length;
        // A server that counts bytes has the whole model now, and may respond and close before `end` is called.
        if (this.#bytesTaken === this.#request.length) this.isSent = true;
        settle();
      });
    });
  }

  async #finish(): Promise<void> {
    const connection = this.#connection;
    const { client } = connection;
    connection.writing += 1;
    await new Promise<void>((resolve) => {
      client.once('close', resolve);
      client.end(() => {
        this.isSent ||= client.socket?.destroyed === false;
        resolve();
      });
    });
    connection.writing -= 1;
  }

  #wait(): void {
    const { waitMs, onProgress } = this.#request;
    this.#connection.phase = 'wait';
    onProgress({ phase: 'wait' });
    if (waitMs !== null) this.#connection.limit(waitMs, 'no response before the deadline of --wait');
  }
}

/**
 * Lets the event loop read what has arrived, because a write to a reset connection would hide the response that came
 * before the reset (CASES B088). The first turn ends the current one, the second reads from the kernel.
 */
async function readArrived(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function* partsOf(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += PART_BYTES) yield piece.subarray(at, at + PART_BYTES);
}
