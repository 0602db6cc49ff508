// Reads one repository from an address, a file or stdin, and the lists of the providers in it.

import { mapAtOnce } from '../../at-once.js';
import { deadline } from '../../deadline.js';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import { checkEndpoint, hasScheme, rawAddress, showAddress } from '../../protocol/repository/addresses.js';
import {
  type ProviderList,
  type RefusedEntry,
  type Repository,
  readRepository,
} from '../../protocol/repository/repository.js';
import type { Service } from '../../protocol/repository/service.js';
import { stableIds } from '../../protocol/repository/service-id.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { trimEndOf } from '../../protocol/text/cut.js';
import type { TextOrigin } from '../../protocol/text/decode-json.js';
import { readJsonText } from '../../protocol/text/json-text.js';
import { type CacheUse, type FetchPorts, fetchDocument } from './fetch-document.js';

/** A repository as it is configured. */
export interface RepositorySource {
  /** Distinguishes services with the same slug: `alias/slug`. */
  alias: string;
  /** The public list, which is read where no one named a repository. */
  isDefault?: true;
  /** An address, the path of a file, or `-` for stdin. */
  location: string;
  /** Replaces the wrong site address in this list. */
  baseUrl?: string;
}

export interface LoadInput {
  /** True: a bad entry is an error. */
  strict: boolean;
  /** True: plain http to other machines is allowed. */
  insecure: boolean;
  cacheUse: CacheUse;
  /** The longest wait for one list, in ms. */
  listLimitMs?: number;
}

/** How one source is read. */
interface SourceInput extends LoadInput {
  baseUrl: URL | null;
  /** Whether the operator named a list that this source names. */
  names(listUrl: string): boolean;
}

export interface LoadPorts extends FetchPorts {
  /** Rejects with the error of the system. */
  readFile(path: string): Promise<Uint8Array>;
  readStdin(): Promise<Uint8Array>;
}

/** The services of one list, with ids that are unique in it. */
export interface SourceGroup {
  alias: string;
  /** The operator named this list. */
  isNamed: boolean;
  services: Service[];
  refused: RefusedEntry[];
}

export interface SourceReading {
  groups: SourceGroup[];
  warnings: string[];
}

const LIST_LIMIT_MS = 10_000;
const MAX_BYTES = 10 * 1024 * 1024;

/** A list of providers makes us send this many requests at most, so many at a time, in this time (ms) all together. */
const MAX_LISTS = 100;
const LISTS_AT_ONCE = 8;
const LISTS_BUDGET_MS = 60_000;

/**
 * The services of `source`: its own services first, then those of each provider in it (one level deep). A provider that
 * fails is a warning. Throws the network errors and BimServiceErrors `repository-unreadable`, `repository-invalid` and
 * `unsafe-address`.
 */
export async function readSource(
  source: RepositorySource,
  load: LoadInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<SourceReading> {
  const { location, baseUrl } = source;
  const isNamed = source.isDefault !== true;
  // What a local file names, its owner named. A list from elsewhere can name anything, except its own server.
  const names = (listUrl: string) =>
    isNamed && (!hasScheme(location) || new URL(listUrl).origin === new URL(location).origin);
  const input = { ...load, baseUrl: baseUrl === undefined ? null : checkEndpoint(baseUrl, load), names };
  const repository = hasScheme(location)
    ? await readAddress(checkEndpoint(location, input), showAddress(location), input, ports, signal)
    : await parseRepository(
        await readLocal(location, ports),
        location === '-' ? 'stdin' : cleanText(location),
        location,
        input,
      );
  const own = { alias: source.alias, isNamed, services: repository.services, refused: repository.refused };
  // One base address can be right for one server only.
  const isOneServer = repository.lists.length === 1 && repository.services.length === 0;
  const warnings = [...repository.warnings];
  if (input.baseUrl !== null && repository.lists.length > 0 && !isOneServer) {
    warnings.push(`${showAddress(location)} names several servers; --base-url is not applied to their lists`);
  }
  const listInput = isOneServer ? input : { ...input, baseUrl: null };
  const lists = await readLists(repository.lists, listInput, ports, signal);
  return { groups: [own, ...lists.groups], warnings: [...warnings, ...lists.warnings] };
}

async function readLists(
  lists: readonly ProviderList[],
  input: SourceInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<SourceReading> {
  // Made from all lists, also failing ones, so that a provider keeps its alias when another provider is down.
  const aliases = stableIds(
    lists.map(({ name, url }) => ({ name, identity: () => url, content: () => '' })),
    'provider',
  );
  const read = lists.slice(0, MAX_LISTS);
  const tooMany =
    lists.length > read.length
      ? [`${lists.length} providers are named; only the first ${MAX_LISTS} lists are read`]
      : [];
  using budget = deadline(signal, LISTS_BUDGET_MS, new Error('no time left for more lists'));
  const readings = await mapAtOnce(
    read,
    LISTS_AT_ONCE,
    async ({ name, url }, index): Promise<SourceReading> => {
      const label = `"${cleanText(name, 80)}" (${showAddress(url)})`;
      try {
        budget.signal.throwIfAborted();
        const list = await readAddress(new URL(url), url, input, ports, budget.signal);
        const warnings = [...list.warnings];
        if (list.lists.length > 0) warnings.push(`${label} names more providers, which are not read`);
        const alias = aliases[index] ?? String(index);
        const { services, refused } = list;
        return { groups: [{ alias, isNamed: input.names(url), services, refused }], warnings };
      } catch (error) {
        signal.throwIfAborted();
        if (budget.passed) {
          const late = `${label} left out: all lists together took more than ${LISTS_BUDGET_MS / 1000} s`;
          return { groups: [], warnings: [late] };
        }
        if (!(error instanceof BimServiceError)) throw error;
        if (input.strict && (error.code === 'repository-invalid' || error.code === 'unsafe-address'))
          throw error;
        return { groups: [], warnings: [`${label} left out: ${error.message}`] };
      }
    },
  );
  return {
    groups: readings.flatMap((reading) => reading.groups),
    warnings: [...tooMany, ...readings.flatMap((reading) => reading.warnings)],
  };
}

/** The list at `address`; for the address of a server, the list at `/servicelist` below it (PROTOCOL 1.1). */
async function readAddress(
  address: URL,
  source: string,
  input: SourceInput,
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<Repository> {
  const options = { ...input, limitMs: input.listLimitMs ?? LIST_LIMIT_MS };
  const fetchList = async (url: URL, shown: string): Promise<Repository> => {
    const read = ({ body, ...origin }: TextOrigin & { body: Uint8Array }) =>
      parseRepository(body, shown, shown, input, origin);
    const { value, warnings } = await fetchDocument(rawAddress(url), read, options, ports, signal);
    return { ...value, warnings: [...warnings, ...value.warnings] };
  };
  const list = serviceListBelow(address);
  if (list === null) return fetchList(address, source);
  // Known from an earlier run: requested directly, so that the copy is found when the network is down.
  if ((await ports.cache.read(list.href)) !== null) return fetchList(list, list.href);
  try {
    return await fetchList(address, source);
  } catch (error) {
    signal.throwIfAborted();
    if (!isNoList(error)) throw error;
    return fetchList(list, list.href).catch(() => {
      signal.throwIfAborted();
      throw error;
    });
  }
}

function isNoList(error: unknown): boolean {
  if (!(error instanceof BimServiceError)) return false;
  return error.code === 'repository-invalid' || error.code === 'repository-unreadable';
}

/** Null when the address already names a file or a list. */
function serviceListBelow(address: URL): URL | null {
  const path = trimEndOf(address.pathname, '/');
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (last === 'servicelist' || last.includes('.')) return null;
  const list = new URL(address);
  list.pathname = `${path}/servicelist`;
  list.search = '';
  list.hash = '';
  return list;
}

/** Reads a repository from bytes. `shown` is for messages; `location` is stored with the services. */
async function parseRepository(
  body: Uint8Array,
  shown: string,
  location: string,
  input: SourceInput,
  origin: TextOrigin = {},
): Promise<Repository> {
  if (body.length > MAX_BYTES) {
    throw new BimServiceError(
      'repository-invalid',
      `${shown} is larger than 10 MiB, so it is not a list of services`,
    );
  }
  const { value, warnings } = await readJsonText(body, shown, origin);
  const repository = readRepository(value, {
    source: shown,
    location,
    strict: input.strict,
    insecure: input.insecure,
    baseUrl: input.baseUrl,
    kindOf: (resourceUrl) => dialectOf({ resourceUrl }),
  });
  return { ...repository, warnings: [...warnings, ...repository.warnings] };
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENXIO: 'no program or device is at its other end',
  ERR_FS_FILE_TOO_LARGE: 'it is too large',
};

async function readLocal(location: string, ports: LoadPorts): Promise<Uint8Array> {
  try {
    return location === '-' ? await ports.readStdin() : await ports.readFile(location);
  } catch (error) {
    if (error instanceof BimServiceError) throw error;
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    const shown = location === '-' ? 'stdin' : cleanText(location);
    const message = `${shown} cannot be read: ${FILE_FAULTS[code] ?? code}`;
    const hint = 'Give --repository an address, a file, or - for stdin.';
    throw new BimServiceError('repository-unreadable', message, { hint, phase: 'list', cause: error });
  }
}
