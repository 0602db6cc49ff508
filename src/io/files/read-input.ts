// Reads small inputs from files and stdin.
import { readFile } from 'node:fs/promises';

/** A whole file. Rejects with the system's error. */
export function readLocalFile(path: string): Promise<Uint8Array> {
  return readFile(path);
}

/** All of stdin, which is a small document or a secret. */
export async function readAll(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}
