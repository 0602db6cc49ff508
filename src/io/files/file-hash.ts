// The SHA-256 of a file.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** In lower-case hex. Rejects with the error of the system. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
