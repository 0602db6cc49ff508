// How near a host is, and what a list from far away may name.
import { expect, test } from 'vitest';
import {
  mayName,
  mayServe,
  type Reach,
  reachOf,
  reachOfLocation,
} from '../../src/protocol/repository/reach.js';
import { readRepository } from '../../src/protocol/repository/repository.js';

test.each<[string, Reach]>([
  ['http://127.0.0.1', 'machine'],
  ['http://127.8.9.1', 'machine'],
  ['http://2130706433', 'machine'],
  ['http://0x7f.1', 'machine'],
  ['http://0.0.0.0', 'machine'],
  ['http://localhost', 'machine'],
  ['http://a.localhost.', 'machine'],
  ['http://[::1]', 'machine'],
  ['http://[::]', 'machine'],
  ['http://[::ffff:127.0.0.1]', 'machine'],
  ['http://[::ffff:10.0.0.1]', 'inside'],
  ['http://10.1.2.3', 'inside'],
  ['http://172.16.0.1', 'inside'],
  ['http://172.31.255.1', 'inside'],
  ['http://172.32.0.1', 'world'],
  ['http://[64:ff9b::10.0.0.7]', 'inside'],
  ['http://[64:ff9b::93.184.215.14]', 'world'],
  ['http://192.168.1.1', 'inside'],
  ['http://169.254.169.254', 'inside'],
  ['http://100.64.0.1', 'inside'],
  ['http://[fe80::1]', 'inside'],
  ['http://[fd00::1]', 'inside'],
  ['http://intranet', 'inside'],
  ['http://nas.local', 'inside'],
  ['https://bim.example.org', 'world'],
  ['https://8.8.8.8', 'world'],
  ['https://[2001:db8::1]', 'world'],
])('%s is of %s', (address, reach) => {
  expect(reachOf(new URL(address).hostname)).toBe(reach);
});

test('a file and stdin are of this machine', () => {
  expect(['list.json', '/srv/list.json', '-', 'C:\\lists\\a.json'].map(reachOfLocation)).toEqual(
    Array(4).fill('machine'),
  );
});

test('a document may name what is as far away as itself, or farther', () => {
  const local = new URL('http://127.0.0.1');
  expect([mayName('machine', local), mayName('inside', local), mayName('world', local)]).toEqual([
    true,
    false,
    false,
  ]);
});

const entry = (resourceUrl: string) => [{ name: 'A', resourceUrl }];
const read = (location: string, resourceUrl: string, baseUrl: URL | null = null) =>
  readRepository(entry(resourceUrl), { source: 'list', location, strict: false, insecure: false, baseUrl });

test.each([
  ['https://lists.example.org/list.json', 'http://127.0.0.1:8080/run'],
  ['https://lists.example.org/list.json', 'https://169.254.169.254/latest/meta-data'],
  ['https://lists.example.org/list.json', 'https://10.0.0.7/run'],
  ['https://lists.local/list.json', 'http://localhost/run'],
])('a list at %s that names %s: refused, with the way out', (location, resourceUrl) => {
  const { services, refused } = read(location, resourceUrl);
  expect(services).toEqual([]);
  expect(refused[0]?.error).toMatchObject({
    code: 'unsafe-address',
    hint: expect.stringContaining('--repository FILE'),
  });
});

test.each([
  ['list.json', 'http://127.0.0.1:8080/run'],
  ['http://127.0.0.1:9/list.json', 'http://localhost:8080/run'],
  ['https://lists.local/list.json', 'https://10.0.0.7/run'],
  ['https://lists.example.org/list.json', 'https://bim.example.org/run'],
])('a list at %s may name %s', (location, resourceUrl) => {
  expect(read(location, resourceUrl).services).toHaveLength(1);
});

test('a provider list on this machine in a list from far away is left out', () => {
  const value = { active: [{ name: 'Near', listUrl: 'http://127.0.0.1:1/list' }] };
  const rules = { source: 'list', location: 'https://a.example/l', strict: false, insecure: false };
  const { lists, warnings } = readRepository(value, { ...rules, baseUrl: null });
  expect(lists).toEqual([]);
  expect(warnings[0]).toContain('its own network');
});

test.each([
  ['https://bim.example/run', 'https://other.example/run', true],
  ['https://bim.example/run', 'http://127.0.0.1:8080/run', false],
  ['https://bim.example/run', 'http://10.0.0.7/run', false],
  ['https://bim.example/run', 'http://169.254.169.254/latest', false],
  ['http://10.0.0.7/run', 'http://10.0.0.8/run', true],
  ['http://10.0.0.7/run', 'http://127.0.0.1/run', false],
  ['http://127.0.0.1:9/run', 'http://127.0.0.1:8/run', true],
])('a token of a service at %s may name %s: %s', (resourceUrl, named, expected) => {
  expect(mayServe({ resourceUrl, oauth: null }, new URL(named))).toBe(expected);
});
