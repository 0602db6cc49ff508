// The lock file names no source of its packages, and no dependency requires a newer Node than package.json says.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('the lock file says what is installed, not from where', () => {
  const lock: unknown = JSON.parse(read('package-lock.json'));
  expect(lock).toHaveProperty(['packages', 'node_modules/undici', 'integrity']);
  expect(read('package-lock.json')).not.toContain('"resolved"');
  expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
});

test('every dependency runs on the oldest Node that package.json promises', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; engines?: { node?: string } }>;
  };
  const oldest = versionOf(engines.node);
  const refusing = Object.entries(packages)
    .filter(([name, { dev }]) => name !== '' && dev !== true)
    .filter(([, { engines: needs }]) => !includes(needs?.node ?? '*', oldest))
    .map(([name, { engines: needs }]) => `${name}: ${needs?.node}`);
  expect(refusing).toEqual([]);
});

type Version = [major: number, minor: number, patch: number];

function versionOf(text: string): Version {
  const [, major = '0', minor = '0', patch = '0'] = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}

/** True when `range` (alternatives with `||`; `>=`, `^` or a bare version, as in `engines`) includes `version`. */
function includes(range: string, version: Version): boolean {
  return range.split('||').some((part) => {
    const least = versionOf(part);
    const upTo = /\^|^\s*\d/.test(part) ? least[0] : Number.POSITIVE_INFINITY;
    const compared = version.map((number, place) => number - (least[place] ?? 0)).find((by) => by !== 0) ?? 0;
    return part.trim() === '*' || (compared >= 0 && version[0] <= upTo);
  });
}
