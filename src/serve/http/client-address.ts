// The address of the client, for logs and limits.

import type { IncomingMessage } from 'node:http';

/**
 * The address of the sender. Behind a proxy it is the address that the proxy appended to X-Forwarded-For; the sender may
 * have invented the part before it.
 */
export function clientAddress(request: IncomingMessage, behindProxy: boolean): string {
  const peer = request.socket.remoteAddress ?? 'unknown';
  if (!behindProxy) return peer;
  const [forwarded = ''] = [request.headers['x-forwarded-for']].flat();
  const last = forwarded.split(',').at(-1)?.trim() ?? '';
  return /^[\da-fA-F.:]{2,45}$/.test(last) ? last : peer;
}
