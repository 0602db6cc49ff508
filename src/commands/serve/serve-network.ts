// The options of `serve` about the network: which address, for whom, with which certificate, and what goes wrong there.
import type { Context } from '../../context.js';
import { BimServiceError, messageOf, systemErrorCode } from '../../errors.js';
import { systemReason } from '../../io/files/system-reason.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { isEveryAddress, isUsableHost } from '../../serve/http/host-names.js';
import { isLoopbackHost } from '../../serve/http/loopback.js';
import { type RedirectHosts, readRedirectHost } from '../../serve/oauth/redirect-uri.js';
import { type Provider, type ProviderOptions, startProvider } from '../../serve/provider.js';

export interface NetworkFlags {
  host: string;
  port: number;
  publicUrl?: string;
  tlsCert?: string;
  tlsKey?: string;
  allowRedirectHost?: string[];
}

/** Throws `usage`. */
export function checkNetwork({ tlsCert, tlsKey, publicUrl, host }: NetworkFlags): void {
  checkHost(host);
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new BimServiceError('usage', '--tls-cert and --tls-key belong together: one of them is missing');
  }
  if (isEveryAddress(host) && publicUrl === undefined) {
    throw new BimServiceError(
      'usage',
      `--host ${host} is every address of this machine, and clients need one`,
      {
        hint: 'Say which: --public-url https://bim.example.org',
      },
    );
  }
  if (publicUrl === undefined) return;
  if (!URL.canParse(publicUrl) || !/^https?:$/.test(new URL(publicUrl).protocol)) {
    throw new BimServiceError('usage', '--public-url takes an address such as https://bim.example.org');
  }
  const { pathname, search, hash, username, password } = new URL(publicUrl);
  if (pathname + search + hash + username + password !== '/') {
    throw new BimServiceError('usage', '--public-url takes scheme, host and port only', {
      hint: 'A proxy has to pass on whole paths: /servicelist, /oauth/…, /services/…, /stream',
    });
  }
}

/** The address is in every list and page, so it has to be one that a URL may contain. */
function checkHost(host: string): void {
  if (isUsableHost(host)) return;
  throw new BimServiceError('usage', `--host ${cleanText(host, 80)}: clients cannot use that address`, {
    hint: 'Write an address of this machine, without brackets and zone: --host 192.0.2.10 or --host 2001:db8::7',
  });
}

/** Throws `usage`. */
export function readRedirectHosts({ allowRedirectHost = [] }: NetworkFlags): RedirectHosts {
  const hosts = allowRedirectHost.map((text) => {
    const host = readRedirectHost(text);
    if (host !== undefined) return host;
    throw new BimServiceError('usage', `--allow-redirect-host: ${cleanText(text, 80)} is not a host`, {
      hint: 'Write it without http:// and path: --allow-redirect-host bim.example.org:8080',
    });
  });
  return new Set(hosts);
}

/** Beyond this machine a person has to prove who they are, and the password should not be read on the way. */
export function checkExposure(context: Context, flags: NetworkFlags, users: number): void {
  const isLocal = isLoopbackHost(flags.host) || flags.host === '::1';
  if (isLocal && flags.publicUrl === undefined) return;
  if (users === 0) {
    throw new BimServiceError(
      'usage',
      `${flags.publicUrl ?? flags.host} is open to others, and there is no user yet`,
      {
        hint: 'Add one, who may then give consent: bimservice serve user add NAME',
      },
    );
  }
  const isEncrypted = flags.tlsCert !== undefined || flags.publicUrl?.startsWith('https:') === true;
  if (!isEncrypted) {
    context.reporter.warn(
      'there is no TLS: passwords, tokens and models can be read on the way; use --tls-cert and --tls-key, or a proxy with https and --public-url',
    );
  }
}

export function networkOptions(
  context: Context,
  { host, port, publicUrl, tlsCert, tlsKey }: NetworkFlags,
): Pick<ProviderOptions, 'host' | 'port' | 'publicUrl' | 'tls'> {
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: context.path(tlsCert), key: context.path(tlsKey) } };
  const url = publicUrl === undefined ? {} : { publicUrl: new URL(publicUrl).origin };
  return { host, port, ...url, ...tls };
}

/** Starts the provider. Throws `port-busy`, or `usage` for an address or a certificate that cannot be used. */
export async function startOnNetwork(options: ProviderOptions): Promise<Provider> {
  try {
    return await startProvider(options);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    const at = `${options.host}:${options.port}`;
    if (code === 'EADDRINUSE' || (code === 'EACCES' && isOfSocket(error))) {
      const words = code === 'EACCES' ? 'may not be used by this user' : 'is in use';
      throw new BimServiceError('port-busy', `port ${at} ${words}`, {
        hint: 'Use another: --port N',
        cause: error,
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new BimServiceError('usage', `${options.host} is no address of this machine`, { cause: error });
    }
    if (options.tls !== undefined) {
      throw new BimServiceError('usage', `the certificate cannot be used: ${certificateFault(error)}`, {
        hint: 'Check --tls-cert and --tls-key: PEM files that belong together, and that this user may read.',
        cause: error,
      });
    }
    throw error;
  }
}

/** A certificate that this user may not read is EACCES too. */
function isOfSocket(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

function certificateFault(error: unknown): string {
  const isOfFile = error instanceof Error && 'path' in error && typeof error.path === 'string';
  return isOfFile ? `${error.path} (${systemReason(error, String(error.path))})` : messageOf(error);
}
