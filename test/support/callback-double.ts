// A double of a client's loopback listener, for the self-tests of the fakes: records the parameters of the redirect.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { originOf } from './strict-server.js';

export interface CallbackDouble extends AsyncDisposable {
  readonly redirectUri: string;
  /** The received queries, in order. */
  readonly received: URLSearchParams[];
}

export async function startCallback(): Promise<CallbackDouble> {
  const received: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    received.push(new URL(request.url ?? '', 'http://127.0.0.1').searchParams);
    response.end('done');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    redirectUri: `${originOf(server)}/callback`,
    received,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A new PKCE pair (RFC 7636 4.1, 4.2). */
export function pkcePair(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
