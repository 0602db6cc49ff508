// The cache of repository lists: one file for each address, named by its hash. A damaged file counts as absent.

import { join } from 'node:path';
import type { CachedList, ListCache } from '../../core/ports/list-cache.js';
import { nameHash } from '../../protocol/text/name-hash.js';
import { makePrivateFolder } from '../files/make-folder.js';
import { readPlainSync } from '../files/plain-file.js';
import { writeWhole } from '../files/write-whole.js';
import type { StoreOptions } from './store-options.js';

const VERSION = 1;

/** A cache in `folder`, which is created at the first write. */
export function createListCache(
  folder: string,
  { pid, cleanUp }: Pick<StoreOptions, 'pid' | 'cleanUp'>,
): ListCache {
  const fileOf = (url: string) => join(folder, `${nameHash(url)}.json`);
  return {
    async read(url) {
      await cleanUp();
      try {
        return fromText(readPlainSync(fileOf(url)), url);
      } catch {
        return null;
      }
    },
    async write(url, list) {
      try {
        await makePrivateFolder(folder);
        await writeWhole(fileOf(url), toText(list, url), { mode: 0o600, pid });
      } catch {
        // A full or read-only disk (CASES B073) only prevents caching; the list still works.
      }
    },
  };
}

function toText({ body, ...rest }: CachedList, url: string): string {
  return JSON.stringify({ version: VERSION, url, ...rest, body: Buffer.from(body).toString('base64') });
}

function fromText(text: string, url: string): CachedList | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return null;
  const fields: Record<string, unknown> = { ...value };
  const { version, body, checkedAt, contentType, etag, lastModified } = fields;
  if (version !== VERSION || fields.url !== url) return null;
  if (typeof body !== 'string' || typeof checkedAt !== 'number') return null;
  if (!isField(contentType) || !isField(etag) || !isField(lastModified)) return null;
  return { body: Buffer.from(body, 'base64'), checkedAt, contentType, etag, lastModified };
}

/** True for a header value, or null; anything else would make the next request invalid. */
function isField(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && /^[\t\x20-\x7e\u0080-\u00ff]*$/.test(value));
}
