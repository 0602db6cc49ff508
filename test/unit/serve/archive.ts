// Reads an archive back with yauzl: name to text, in the order of the central directory.

import { text } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';

export async function readArchive(bytes: Uint8Array): Promise<Map<string, string>> {
  const zip = await fromBufferPromise(Buffer.from(bytes));
  const files = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)));
  }
  return files;
}
