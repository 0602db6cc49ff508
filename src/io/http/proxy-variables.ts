// The proxy that the usual variables name for an address. Packages for this read the environment of the process, which
// belongs to the caller of the library; this reads what it is given. It decides as `proxy-from-env` does (test/unit/http/proxy-variables.test.ts).

/** Variables by their names. */
export type Variables = Readonly<Record<string, string | undefined>>;

const USUAL_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * The value of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY (in lower or upper case) for `target`, without a check; null where
 * none is set, or NO_PROXY names the host.
 */
export function proxyVariable({ protocol, host, port }: URL, env: Variables): string | null {
  // The brackets of an IPv6 address stay, as in `host`.
  const name = host.replace(/:\d*$/, '');
  if (isExcluded(name, Number(port) || (USUAL_PORTS[protocol] ?? 0), variable('no_proxy', env))) return null;
  return variable(`${protocol.slice(0, -1)}_proxy`, env) || variable('all_proxy', env) || null;
}

function variable(name: string, env: Variables): string {
  return env[name] || env[name.toUpperCase()] || '';
}

/** `list`: host names apart from commas or blanks, each with an optional port; `.x` and `*.x` mean all names that end so. */
function isExcluded(host: string, port: number, list: string): boolean {
  if (list === '*') return true;
  return list
    .toLowerCase()
    .split(/[,\s]/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, named = entry, only = ''] = /^(.+):(\d+)$/.exec(entry) ?? [];
      if (only !== '' && Number(only) !== 0 && Number(only) !== port) return false;
      return /^[.*]/.test(named) ? host.endsWith(named.replace(/^\*/, '')) : host === named;
    });
}
