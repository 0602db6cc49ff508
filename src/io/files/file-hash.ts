// The SHA-256 of a file.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { checkKind } from './plain-file.js';

/** In lower-case hex. Rejects with the system's error, and with `notAFile` before a pipe is opened. */
export async function sha256Of(path: string): Promise<string> {
  checkKind(await stat(path));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
