// JSON for stdout and receipts is written in one place, which escapes what moves text and leaves secrets out of addresses.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const SRC = new URL('../../src/', import.meta.url);

test.each(['commands', 'cli', 'output', 'io/result', 'io/terminal'])(
  '%s writes JSON with outputJson',
  (folder) => {
    const at = new URL(`${folder}/`, SRC);
    const own = readdirSync(at, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .filter((path) =>
        readFileSync(new URL(path.replaceAll('\\', '/'), at), 'utf8').includes('JSON.stringify'),
      );
    expect(own).toEqual([]);
  },
);
