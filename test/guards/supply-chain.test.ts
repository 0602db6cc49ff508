// What is bundled is named, with licenses that allow it and their text.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkLicenses, isAllowed } from '../../build/supply-chain.mjs';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

interface Bill {
  bomFormat: string;
  specVersion: string;
  components: { name: string; version: string; purl: string; licenses: object[] }[];
}

test('the bill of materials names every package in the bundle with the version that is installed', () => {
  const bill: Bill = JSON.parse(read('dist/sbom.cdx.json'));
  expect({ format: bill.bomFormat, version: bill.specVersion }).toEqual({
    format: 'CycloneDX',
    version: '1.6',
  });
  const chunks: Record<string, string[]> = JSON.parse(read('.test-build/chunks.json'));
  const bundled = new Set(Object.values(chunks).flat());
  expect(bundled.size).toBeGreaterThan(10);
  const named = new Map(bill.components.map((component) => [component.name, component]));
  for (const name of bundled) {
    const { version } = JSON.parse(read(`node_modules/${name}/package.json`));
    expect(named.get(name)).toMatchObject({ version, purl: expect.stringContaining(`@${version}`) });
  }
});

test('every license has its text', () => {
  const bill: Bill = JSON.parse(read('dist/sbom.cdx.json'));
  const parts = read('dist/LICENSES.txt').split(/\n-{70}\n\n/);
  expect(parts).toHaveLength(bill.components.length);
  for (const part of parts) expect(part.length).toBeGreaterThan(300);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0)', true],
  ['MIT AND ISC', true],
  ['MIT AND GPL-3.0', false],
  ['GPL-3.0-only', false],
  ['AGPL-3.0', false],
  ['SSPL-1.0', false],
  ['BUSL-1.1', false],
  ['UNLICENSED', false],
  ['SEE LICENSE IN LICENSE', false],
  [undefined, false],
])('%s: allowed is %s', (license, allowed) => {
  expect(isAllowed(license)).toBe(allowed);
});

test('the build ends at a license that is not allowed, and names the package', () => {
  const packages = [{ name: 'bad', version: '1.0.0', license: 'AGPL-3.0', folder: '' }];
  expect(() => checkLicenses(packages)).toThrow('bad 1.0.0: AGPL-3.0');
});

test('what is published says where it comes from', () => {
  expect(JSON.parse(read('package.json'))).toMatchObject({ publishConfig: { provenance: true } });
  expect(read('.github/workflows/release.yml')).toContain('id-token: write');
});
