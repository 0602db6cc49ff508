// How many of the sent bytes are still on their way, as the kernel counts them. Its buffers hold megabytes: on a slow
// network it may accept nothing for minutes while bytes move all the time.
import { readFile } from 'node:fs/promises';
import { isIPv6, type Socket } from 'node:net';
import { endianness } from 'node:os';

const ESTABLISHED = '01';

/**
 * The bytes that the other side has not acknowledged and, when its end is on this machine (a local proxy, a tunnel), the
 * bytes that its program has not read. Null when the system does not report it (only Linux does, in /proc/net/tcp).
 */
export async function queuesOf(socket: Socket): Promise<string | null> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return null;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  const table = await readFile(isIPv6(localAddress) ? '/proc/net/tcp6' : '/proc/net/tcp', 'latin1').catch(
    () => '',
  );
  const [ours, theirs] = [endpoint(localAddress, localPort), endpoint(remoteAddress, remotePort)];
  const sent = queue(table, ours, theirs, 'sent');
  return sent === null ? null : `${sent} ${queue(table, theirs, ours, 'received') ?? ''}`;
}

/** `sl local remote state tx_queue:rx_queue …` (Linux, Documentation/networking/proc_net_tcp.rst). */
function queue(table: string, local: string, remote: string, which: 'sent' | 'received'): string | null {
  const at = table.indexOf(`${local} ${remote} ${ESTABLISHED} `);
  if (at === -1) return null;
  const [sent, received] = table
    .slice(at + local.length + remote.length + 5)
    .split(' ', 1)
    .join('')
    .split(':');
  return (which === 'sent' ? sent : received) ?? null;
}

/** `0100007F:1F90`: the address as 32-bit words in the byte order of the processor, the port in plain hex. */
function endpoint(address: string, port: number): string {
  const bytes = isIPv6(address) ? bytesOfIPv6(address) : address.split('.').map(Number);
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.slice(4 * index, 4 * index + 4));
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  const ordered = words.flatMap((word) => (endianness() === 'LE' ? word.reverse() : word));
  return `${ordered.map((byte) => hex(byte, 2)).join('')}:${hex(port, 4)}`;
}

/** Uses URL to write every address in the same way: without zones, embedded IPv4 as hex. */
function bytesOfIPv6(address: string): number[] {
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
