// `--nats` and its options: where NATS is, who this program is there, and what is wrong with it in words for a person.
import type { Context } from '../../context.js';
import { BimServiceError, type ErrorCode, messageOf } from '../../errors.js';
import { readLocalFile } from '../../io/files/read-input.js';
import { systemReason } from '../../io/files/system-reason.js';
import { Link, type NatsOptions } from '../../serve/nats/link.js';
import { asNatsError, type NatsFault } from '../../serve/nats/nats-error.js';
import { INSTALL_NATS } from '../../serve/nats/nats-modules.js';

export interface NatsFlags {
  nats?: string;
  natsCreds?: string;
  natsCa?: string;
  natsCert?: string;
  natsKey?: string;
  natsName: string;
  natsReplicas?: number;
  sharedFolder?: string;
}

/** Connects. Throws BimServiceError. */
export async function openLink(context: Context, servers: string, flags: NatsFlags): Promise<Link> {
  const addresses = readServers(servers);
  const options: NatsOptions = {
    servers: addresses,
    name: flags.natsName,
    replicas: flags.natsReplicas ?? null,
    login: await readLogin(context, flags),
    tls: await readTls(context, addresses, flags),
  };
  try {
    return await Link.open(options, (words) => context.reporter.warn(words));
  } catch (error) {
    throw natsFailure(error);
  }
}

/** What NATS reports, for a person. */
export function natsFailure(error: unknown): BimServiceError {
  if (error instanceof BimServiceError) return error;
  const { fault, message } = asNatsError(error, '--nats');
  const [code, hint] = FAILURES[fault];
  return new BimServiceError(code, message, { hint, cause: error });
}

const FAILURES: Readonly<Record<NatsFault, readonly [ErrorCode, string]>> = {
  missing: ['usage', `Install it: ${INSTALL_NATS}`],
  unreachable: ['unreachable', 'Check the address, and that it runs: nats-server -js'],
  refused: [
    'not-authorized',
    'Set BIMSERVICE_NATS_USER and BIMSERVICE_NATS_PASSWORD, or BIMSERVICE_NATS_TOKEN, or use --nats-creds FILE. What the user needs: https://github.com/bimservice/bimservice/blob/main/docs/operating.md#many-machines',
  ],
  tls: [
    'tls-failed',
    'Name the certificate of the authority that issued its certificate with --nats-ca FILE. A server without TLS has an address with nats:// and no such option.',
  ],
  'no-jetstream': ['unreachable', 'Start it with JetStream: nats-server -js'],
  full: ['store-not-writable', 'Give JetStream more room: max_file_store in its configuration.'],
  failed: ['unreachable', 'Check the log of nats-server.'],
};

function readServers(text: string): string[] {
  const servers = text.split(',').map((part) => part.trim());
  return servers.map((server) => {
    const address = server.includes('://') ? server : `nats://${server}`;
    const url = URL.canParse(address) ? new URL(address) : null;
    if (url === null || !/^(nats|tls):$/.test(url.protocol) || url.hostname === '') {
      throw new BimServiceError('usage', '--nats takes addresses such as nats://192.0.2.7:4222', {
        hint: 'Several servers of one cluster: --nats nats://a:4222,nats://b:4222',
      });
    }
    if (url.username + url.password !== '') {
      throw new BimServiceError('usage', '--nats takes no user or password: other programs could read them', {
        hint: 'Set BIMSERVICE_NATS_USER and BIMSERVICE_NATS_PASSWORD, or BIMSERVICE_NATS_TOKEN, or use --nats-creds FILE.',
      });
    }
    return `${url.protocol}//${url.host}`;
  });
}

async function readLogin(context: Context, { natsCreds }: NatsFlags): Promise<NatsOptions['login']> {
  const {
    BIMSERVICE_NATS_USER: user,
    BIMSERVICE_NATS_PASSWORD: password,
    BIMSERVICE_NATS_TOKEN: token,
  } = context.runtime.env;
  return {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(natsCreds === undefined ? {} : { creds: await readPart(context, '--nats-creds', natsCreds) }),
  };
}

async function readTls(
  context: Context,
  servers: readonly string[],
  { natsCa, natsCert, natsKey }: NatsFlags,
): Promise<NatsOptions['tls']> {
  if ((natsCert === undefined) !== (natsKey === undefined)) {
    throw new BimServiceError('usage', '--nats-cert and --nats-key belong together: one of them is missing');
  }
  // The client would connect to tls:// without TLS where the server does not offer it.
  const isWanted = servers.some((server) => server.startsWith('tls:'));
  if (!isWanted && natsCa === undefined && natsCert === undefined) return null;
  const text = async (option: string, path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : Buffer.from(await readPart(context, option, path)).toString('utf8');
  const [ca, cert, key] = [
    await text('--nats-ca', natsCa),
    await text('--nats-cert', natsCert),
    await text('--nats-key', natsKey),
  ];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPart(context: Context, option: string, named: string): Promise<Uint8Array> {
  const path = context.path(named);
  try {
    return await readLocalFile(path);
  } catch (error) {
    const reason = systemReason(error, path) || messageOf(error);
    throw new BimServiceError('usage', `${option}: ${named} cannot be read (${reason})`, { cause: error });
  }
}
