// Looks at the way to one server, layer by layer, and stops at the first that is broken.
import { spanText } from '../../durations.js';
import { isLoopback } from '../../protocol/repository/addresses.js';
import type { HostAddress, NetworkProbe, TlsFacts } from '../ports/network-probe.js';
import type { Clock } from '../ports/system.js';
import { Examination, type Finding, type Findings } from './finding.js';

/** A clock that differs by more makes tokens look valid or expired that are not, in ms. */
const CLOCK_MS = 60_000;
/** A certificate that ends within this time gets a warning, in ms. */
const SOON_MS = 14 * 24 * 3_600_000;

export interface ServerPorts {
  probe: NetworkProbe;
  clock: Clock;
}

/** Name, connection, TLS and clock of the server at `origin` (`https://HOST[:PORT]`). */
export async function* examineServer(
  origin: string,
  { probe, clock }: ServerPorts,
  signal: AbortSignal,
): Findings {
  const { hostname, host, protocol, port } = new URL(origin);
  const proxy = await new Examination('proxy', host).try(signal, async () => probe.proxyFor(origin));
  if ('finding' in proxy) return yield proxy.finding;
  if (proxy.value === null) {
    const number = Number(port || (protocol === 'https:' ? 443 : 80));
    const found = yield* examineDirectWay(hostname, host, number, probe, signal);
    if (!found) return;
  } else {
    yield new Examination('proxy', host).ok(`reached through the proxy ${new URL(proxy.value).host}`);
  }
  const visited = await new Examination(proxy.value === null ? 'connection' : 'proxy', host).try(
    signal,
    (limited) => probe.visit(`${origin}/`, limited),
  );
  if ('finding' in visited) return yield visited.finding;
  const { tls, serverTime } = visited.value;
  if (tls !== null) yield tlsFinding(host, tls, clock.now());
  else if (!isLoopback(hostname))
    yield new Examination('tls', host).warning(
      'plain http: everybody on the way can read models and tokens',
      'Use the https address of the provider',
    );
  yield clockFinding(host, serverTime, clock.now());
}

/** Without a proxy. False when the server cannot be reached. */
async function* examineDirectWay(
  hostname: string,
  host: string,
  port: number,
  probe: NetworkProbe,
  signal: AbortSignal,
): AsyncGenerator<Finding, boolean, undefined> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const name = new Examination('name', bare);
  const looked = await name.try(signal, (limited) => probe.addresses(bare, limited));
  if ('finding' in looked) {
    yield looked.finding;
    return false;
  }
  if (!looked.value.some(({ address }) => address === bare))
    yield name.ok(looked.value.map(({ address, family }) => `${address} (IPv${family})`).join(', '));
  const connection = new Examination('connection', host);
  const tries = await Promise.all(
    firstOfEach(looked.value).map(async (each) => ({
      ...each,
      tried: await connection.try(signal, (limited) => probe.connect(each.address, port, limited)),
    })),
  );
  const reached = tries.filter(({ tried }) => 'value' in tried);
  for (const { address, family, tried } of tries) {
    const where = `IPv${family} (${address}, port ${port})`;
    if ('value' in tried) yield connection.ok(`reached over ${where}`);
    else if (reached.length === 0)
      yield connection.fault('unreachable', `${where}: ${tried.finding.text}`, tried.finding.next);
    else
      yield connection.warning(
        `${where}: ${tried.finding.text}`,
        'The other address is used, after a delay; ask the provider to correct the name record',
      );
  }
  return reached.length > 0;
}

/** One address of each family: the one that is tried first. */
function firstOfEach(addresses: readonly HostAddress[]): HostAddress[] {
  return [4, 6].flatMap((family) => addresses.find((each) => each.family === family) ?? []);
}

function tlsFinding(host: string, { issuer, authority, validTo, distrust }: TlsFacts, now: number): Finding {
  const tls = new Examination('tls', host);
  const by = `issued by ${issuer}${authority === issuer ? '' : `, under ${authority}`}`;
  if (distrust !== null) return tls.fault('tls-failed', `${distrust.text}; ${by}`, distrust.hint);
  const rest = validTo - now;
  if (rest < SOON_MS)
    return tls.warning(
      `the certificate ends in ${spanText(Math.max(rest, 0))}; ${by}`,
      'Inform the provider',
    );
  return tls.ok(`certificate valid for another ${spanText(rest)}; ${by}`);
}

function clockFinding(host: string, serverTime: number | null, now: number): Finding {
  const clock = new Examination('clock', host);
  if (serverTime === null) return clock.notChecked('the server does not send its time');
  const off = now - serverTime;
  if (Math.abs(off) <= CLOCK_MS) return clock.ok('agrees with the clock of this machine');
  return clock.warning(
    `the clock of this machine is ${spanText(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} the server's`,
    'Set the clock of this machine: tokens look expired, or valid, that are not',
  );
}
