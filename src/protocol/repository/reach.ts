// How near a host is: this machine, this network, or the world. A list from far away must not make us call what is near.
import { isLoopback } from './addresses.js';
import type { Service } from './service.js';

/** `machine`: this one. `inside`: private and link-local addresses, and names that only a local network has. */
export type Reach = 'machine' | 'inside' | 'world';

const RANK: Readonly<Record<Reach, number>> = { machine: 0, inside: 1, world: 2 };

/** Suffixes that no public name has (RFC 6762, RFC 8375, ICANN's `.internal`), and usual ones of offices. */
const INSIDE_NAME = /\.(?:local|internal|lan|intranet|corp|home|home\.arpa)$/;

/** The reach of a host in the spelling of `URL.hostname`, which writes every IPv4 address with four numbers. */
export function reachOf(hostname: string): Reach {
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (isLoopback(host) || host.endsWith('.localhost')) return 'machine';
  if (host.startsWith('[')) return reachOfIpv6(host.slice(1, -1));
  const numbers = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(host);
  if (numbers !== null) return reachOfIpv4(Number(numbers[1]), Number(numbers[2]));
  return !host.includes('.') || INSIDE_NAME.test(host) ? 'inside' : 'world';
}

/** The first two numbers decide (RFC 1918, RFC 3927, RFC 6598, RFC 1122). */
function reachOfIpv4(first: number, second: number): Reach {
  if (first === 127 || first === 0) return 'machine';
  const isInside =
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254) ||
    (first === 100 && second >= 64 && second <= 127);
  return isInside ? 'inside' : 'world';
}

/** Unique local (RFC 4193), link-local (RFC 4291), and IPv4 addresses in the form of IPv6. */
function reachOfIpv6(address: string): Reach {
  if (address === '::1' || address === '::') return 'machine';
  const mapped = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):[0-9a-f]{1,4}$/.exec(address);
  if (mapped !== null) {
    const number = Number.parseInt(mapped[1] ?? '0', 16);
    return reachOfIpv4(number >> 8, number & 0xff);
  }
  return /^(?:f[cd]|fe[89ab])/.test(address) ? 'inside' : 'world';
}

/** The reach of a list: a file and stdin are of this machine. */
export function reachOfLocation(location: string): Reach {
  return /^https?:/i.test(location) && URL.canParse(location)
    ? reachOf(new URL(location).hostname)
    : 'machine';
}

/** True when a document of reach `from` may name `url`. */
export function mayName(from: Reach, url: URL): boolean {
  return RANK[reachOf(url.hostname)] >= RANK[from];
}

/**
 * True when a server of `service` may name `url`, with a token for example: an address that is as near as one of the
 * addresses of its entry, or further away.
 */
export function mayServe({ oauth, resourceUrl }: Pick<Service, 'oauth' | 'resourceUrl'>, url: URL): boolean {
  const own = [resourceUrl, ...(oauth === null ? [] : [oauth.tokenUrl, oauth.authorizationUrl])];
  return own.some((address) => mayName(reachOf(new URL(address).hostname), url));
}
