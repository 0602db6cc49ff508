// The names under which the provider is asked. A request for another name comes from a foreign page that was pointed at this
// address (DNS rebinding).

import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** True when a server that listens on `host` can have an address for clients: a URL takes no zone and no empty host. */
export function isUsableHost(host: string): boolean {
  return /^[^[\]]+$/.test(host) && URL.canParse(`http://${inUrl(host)}/`);
}

/** True when `host` stands for every address of the machine: `0.0.0.0`, `::` and other spellings of zeros. */
export function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || (isIPv6(host) && /^[0:]+$/.test(host));
}

function inUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The Host headers of these origins, in lower case: the port of the scheme may be there or not. */
export function hostNames(origins: readonly string[]): ReadonlySet<string> {
  return new Set(
    origins.flatMap((origin) => {
      const { host, port, protocol } = new URL(origin);
      return port === '' ? [host, `${host}:${PORTS[protocol]}`] : [host];
    }),
  );
}

/**
 * True when `host`, in lower case, is the address that the connection came to: a probe or a load balancer may know no name of a
 * server that listens on every address. A page cannot bring that about, since its own name stays in the header.
 */
export function isOwnAddress(host: string, { socket }: IncomingMessage): boolean {
  const { localAddress = '', localPort } = socket;
  // A socket for both kinds of addresses reports one of IPv4 as ::ffff:192.0.2.1.
  const address = localAddress.replace(/^::ffff:(?=[\d.]+$)/i, '');
  const name = inUrl(address);
  return address !== '' && (host === `${name}:${localPort}` || (localPort === 80 && host === name));
}
