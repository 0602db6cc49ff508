// The address of the client, for logs and limits.

import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * The address of the sender. Behind a proxy it is the address that the proxy appended to X-Forwarded-For; the sender may
 * have invented the part before it.
 */
export function clientAddress(request: IncomingMessage, behindProxy: boolean): string {
  const peer = request.socket.remoteAddress ?? 'unknown';
  if (!behindProxy) return peer;
  const [forwarded = ''] = [request.headers['x-forwarded-for']].flat();
  const last = forwarded.split(',').at(-1)?.trim() ?? '';
  // Some proxies append the port too, which is another one for each connection.
  const address = /^\[(.+)\](?::\d+)?$/.exec(last)?.[1] ?? /^([\d.]+):\d+$/.exec(last)?.[1] ?? last;
  return isIP(address) === 0 ? peer : address;
}

/**
 * What limits count for one sender: an address of IPv4, and of IPv6 the network of 64 bits, in which a sender takes any address
 * (RFC 4291 2.5.4).
 */
export function networkOf(address: string): string {
  const mapped = address.slice(address.lastIndexOf(':') + 1);
  if (isIPv4(mapped)) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return [...groups, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
