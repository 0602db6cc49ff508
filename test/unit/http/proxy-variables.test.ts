// The proxy for an address is the one that proxy-from-env finds in the environment, for every combination that matters.
import { getProxyForUrl } from 'proxy-from-env';
import { afterEach, expect, test } from 'vitest';
import { proxyVariable } from '../../../src/io/http/proxy-variables.js';

const NAMES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
afterEach(() => {
  for (const name of NAMES) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

const TARGETS = [
  'http://bim.example/x',
  'https://bim.example/x',
  'https://bim.example:8443/x',
  'https://sub.bim.example/',
  'http://[2001:db8::1]:8080/',
  'https://192.0.2.7/',
];
const PROXIES: Record<string, string>[] = [
  {},
  { https_proxy: 'http://proxy:3128' },
  { HTTPS_PROXY: 'http://user:pw@proxy:3128', http_proxy: 'https://other:443' },
  { HTTP_PROXY: 'http://upper:1', http_proxy: 'http://lower:2' },
  { all_proxy: 'http://all:9' },
];
const EXCLUSIONS = [
  '',
  '*',
  'bim.example',
  'BIM.example',
  '.bim.example',
  '*.bim.example',
  '*bim.example',
  'bim.example:8443',
  'bim.example:443 other',
  'other,,bim.example',
  '[2001:db8::1]',
  '192.0.2.7:0',
  'example',
];

test('finds what proxy-from-env finds, without the environment of the process', () => {
  let found = 0;
  for (const proxies of PROXIES)
    for (const no_proxy of EXCLUSIONS) {
      const env: Record<string, string> = { ...proxies, ...(no_proxy === '' ? {} : { no_proxy }) };
      for (const name of NAMES) delete process.env[name];
      Object.assign(process.env, env);
      const expected = TARGETS.map((target) => getProxyForUrl(target) || null);
      for (const name of NAMES) delete process.env[name];
      const here = TARGETS.map((target) => proxyVariable(new URL(target), env));
      expect(here, JSON.stringify(env)).toEqual(expected);
      found += here.filter((value) => value !== null).length;
    }
  expect(found).toBeGreaterThan(100);
});
