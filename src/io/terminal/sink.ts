// An output stream that passes text to a function.
import { Writable } from 'node:stream';

/** A stream that passes each piece of text to `take`. */
export function sink(take: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      take(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      done();
    },
  });
}
