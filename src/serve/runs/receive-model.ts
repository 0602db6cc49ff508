// Receives a model into a file, a short one into memory: with a size limit and a minimum rate, but no time limit (CASES B152).

import { closeSync, openSync, write, writeSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bytesText } from '../../protocol/text/clean-text.js';
import { BodyReader, bodyBegins, hasBegun } from '../http/bodies.js';
import { oauthError } from '../http/http.js';
import type { BodyTurn } from './body-turns.js';
import { ReceivedModel, SHORT_BYTES } from './received-model.js';

/** A sender must send at least this many bytes in each window; a slower one only occupies a socket. */
const LEAST_BYTES = 60;
const WINDOW_MS = 2 * 60_000;
/** After a piece of this length more lies in the kernel, most likely. */
const LARGE_BYTES = 16 * 1024;

/** Waits until the model begins to arrive. Refuses with 408 when it does not. */
export async function modelBegins(request: IncomingMessage, turn: BodyTurn): Promise<void> {
  if (hasBegun(request)) return;
  turn.settled();
  await bodyBegins(request, WINDOW_MS);
}

/**
 * Takes the body of `request`; its file is `name` in the folder that `folder` makes. Refuses with 413 above `maxBytes`, and with
 * 408 when the body is too slow; the time in which it waits for its turn does not count. Rejects with the system's error when the
 * disk fails.
 *
 * Only a body that comes in large pieces takes a turn: what a silent or a slow sender sends is stored as it comes.
 */
export async function receiveModel(
  request: IncomingMessage,
  { folder, name }: { readonly folder: () => string; readonly name: string },
  maxBytes: number,
  turn: BodyTurn,
): Promise<ReceivedModel> {
  using reader = new BodyReader(request);
  if (Number(request.headers['content-length'] ?? Number.NaN) <= SHORT_BYTES) {
    turn.settled();
    return ReceivedModel.inMemory(await readShort(reader), name, folder);
  }
  const path = join(folder(), name);
  using model = new ModelFile(path, maxBytes, turn);
  model.storeArrived(reader);
  turn.settled();
  // No piece is named here: this function waits long, and would keep it in memory.
  do if (model.isFast) await takeTurn(request, reader, model, turn);
  while (await model.storeNext(reader));
  return ReceivedModel.inFile(path, model.bytes);
}

async function readShort(reader: BodyReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const pace = new Pace();
  for (let piece = await reader.next(WINDOW_MS); piece !== null; piece = await reader.next(WINDOW_MS)) {
    pieces.push(piece);
    pace.count(piece.byteLength);
  }
  return Buffer.concat(pieces);
}

/** The rate from below. */
class Pace {
  #since = performance.now();
  #bytes = 0;

  /** Throws a Refusal (408) at the end of a window with too few bytes. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (performance.now() - this.#since <= WINDOW_MS) return;
    if (this.#bytes < LEAST_BYTES) throw oauthError(408, 'invalid_request', 'The body arrives too slowly');
    this.begin();
  }

  begin(): void {
    this.#since = performance.now();
    this.#bytes = 0;
  }
}

const writeTo = promisify(write);

class ModelFile implements Disposable {
  bytes = 0;
  /** The last piece was a large one. */
  isFast = false;
  // To open and to close are short calls: to ask a thread for them takes five times as long.
  readonly #file: number;
  readonly pace = new Pace();

  constructor(
    path: string,
    private readonly maxBytes: number,
    private readonly turn: BodyTurn,
  ) {
    this.#file = openSync(path, 'wx', 0o600);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /** False when the body has ended. */
  async storeNext(reader: BodyReader): Promise<boolean> {
    const piece = await reader.next(WINDOW_MS);
    if (piece === null) return false;
    if (this.turn.isOn) await this.#store(piece);
    else this.#storeAtOnce(piece);
    return true;
  }

  /** Stores what lies in memory, and waits for nothing. */
  storeArrived(reader: BodyReader): void {
    for (let piece = reader.now(); piece !== null; piece = reader.now()) this.#storeAtOnce(piece);
  }

  #count(piece: Uint8Array): void {
    this.bytes += piece.byteLength;
    this.pace.count(piece.byteLength);
    this.isFast = piece.byteLength >= LARGE_BYTES;
    if (this.bytes > this.maxBytes) throw tooLarge(this.maxBytes);
  }

  async #store(piece: Uint8Array): Promise<void> {
    this.#count(piece);
    using _ = this.turn.store();
    // A write may take only a part (CASES B067).
    for (let rest = piece; rest.byteLength > 0; ) {
      const { bytesWritten } = await writeTo(this.#file, rest);
      rest = rest.subarray(bytesWritten);
    }
    releasePiece(piece);
  }

  /**
   * Without a turn hundreds of clients can send a piece at the same moment, and all of these pieces would wait in memory for
   * the threads that write. This write is short: a piece has at most 64 KiB.
   */
  #storeAtOnce(piece: Uint8Array): void {
    this.#count(piece);
    for (let rest = piece; rest.byteLength > 0; ) rest = rest.subarray(writeSync(this.#file, rest));
    releasePiece(piece);
  }
}

/**
 * Frees the memory of a piece that no one uses any more, where Node can (from 22 on). V8 would collect it later, when
 * hundreds of such pieces have come: they are outside of its heap, which they do not fill.
 */
function releasePiece({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength && 'transfer' in buffer && typeof buffer.transfer === 'function') {
    buffer.transfer(0);
  }
}

/** What has arrived is stored; the rest stays with the sender and in the kernel until the turn begins. */
async function takeTurn(
  request: IncomingMessage,
  reader: BodyReader,
  model: ModelFile,
  turn: BodyTurn,
): Promise<void> {
  if (turn.isOn || request.complete) return;
  const begun = turn.begin();
  if (!turn.isOn) {
    // The last read planned that its socket goes on, and a socket that is paused before that is not stopped.
    await setImmediate();
    reader.holdBack();
    model.storeArrived(reader);
    if (request.complete) return;
    await begun;
  }
  model.pace.begin();
}

export function tooLarge(maxBytes: number): Error {
  return oauthError(
    413,
    'invalid_request',
    `The model is over ${bytesText(maxBytes)}, the limit of this service`,
  );
}
