import { describe, expect, it } from 'vitest';
import { BimServiceError } from '../../src/errors.js';
import {
  checkEndpoint,
  DEFAULT_REPOSITORY,
  hasScheme,
  isLoopback,
  rawAddress,
} from '../../src/protocol/repository/addresses.js';
import { distinct, slug, stableIds } from '../../src/protocol/repository/service-id.js';

const strict = { insecure: false };

function refusal(address: string, insecure = false): BimServiceError {
  try {
    checkEndpoint(address, { insecure });
  } catch (error) {
    if (error instanceof BimServiceError) return error;
    throw error;
  }
  throw new Error(`allowed: ${address}`);
}

describe('checkEndpoint', () => {
  it.each([
    'https://bim.example/authorize?a=b',
    'http://localhost:5050',
    'http://127.0.0.1:8080/servicelist',
    'http://127.8.9.10/',
    'http://[::1]:1/x',
    'HTTP://LOCALHOST/',
    'http://127.1/',
  ])('allows %s', (address) => {
    expect(checkEndpoint(address, strict).href).toBe(new URL(address).href);
  });

  it.each([
    ['file:///etc/passwd', '"file:" is not a web address'],
    ['javascript:alert(1)', '"javascript:" is not a web address'],
    ['data:text/html,x', '"data:" is not a web address'],
    ['calc.exe', 'not an absolute address'],
    ['/authorize', 'not an absolute address'],
    ['http://x/$(calc)', 'plain http'],
    ['http://localhost.evil.example/', 'plain http'],
    ['http://127.0.0.1.evil.example/', 'plain http'],
    ['http://10.0.0.1/', 'plain http'],
    ['http://0.0.0.0/', 'plain http'],
    ['http://[::2]/', 'plain http'],
    ['https://user@bim.example/', 'user name or password'],
    ['https://localhost@evil.example/', 'user name or password'],
    ['https://bim.example/\u001b[2J', 'control characters'],
    ['https://bim.example/a\nb', 'control characters'],
    ['https://bim.example/\u0085', 'control characters'],
    ['--help', 'looks like an option'],
    ['-https://bim.example', 'looks like an option'],
    ['localhost:8080/servicelist', 'its scheme is missing'],
    ['https://', 'not an absolute address'],
    ['', 'not an absolute address'],
  ])('refuses %j (B029)', (address, why) => {
    const error = refusal(address);
    expect(error.message).toContain(why);
    expect([error.code, error.exitCode]).toEqual(['unsafe-address', 3]);
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    expect(error.hint).toBeTruthy();
  });

  it('names the address, and never the password in it', () => {
    expect(refusal('https://me:hunter22@bim.example/x').message).toContain('"https://bim.example/x"');
    expect(refusal('https:\\\\me:hunter22@bim.example/x').message).not.toContain('hunter22');
    expect(refusal('ftp://me:hunter22@bim.example/x').message).not.toContain('hunter22');
  });

  it('--insecure allows plain http to other machines and nothing else', () => {
    expect(checkEndpoint('http://10.0.0.1/', { insecure: true }).host).toBe('10.0.0.1');
    expect(refusal('file:///etc/passwd', true).code).toBe('unsafe-address');
    expect(refusal('http://a@10.0.0.1/', true).code).toBe('unsafe-address');
  });
});

it.each([
  [
    DEFAULT_REPOSITORY,
    'https://raw.githubusercontent.com/opensourceBIM/BIMserver-Repository/master/servicesnew.json',
  ],
  [
    'https://www.github.com/o/r/raw/v1/a/b%20c.json?x=1#L3',
    'https://raw.githubusercontent.com/o/r/v1/a/b%20c.json',
  ],
  ['https://github.com/o/r', 'https://github.com/o/r'],
  ['https://github.com/o/r/blob/main', 'https://github.com/o/r/blob/main'],
  ['https://github.com.evil.example/o/r/blob/m/x', 'https://github.com.evil.example/o/r/blob/m/x'],
])('rawAddress of %s', (page, raw) => {
  expect(rawAddress(new URL(page)).href).toBe(raw);
});

it.each([
  ['localhost', true],
  ['[::1]', true],
  ['127.255.0.1', true],
  ['128.0.0.1', false],
  ['127.0.0.1.example', false],
  ['localhost.example', false],
])('isLoopback(%s) is %s', (host, answer) => {
  expect(isLoopback(host)).toBe(answer);
});

it.each([
  ['https://x', true],
  ['javascript:x', true],
  ['C:\\lists\\a.json', false],
  ['lists/a.json', false],
  ['-', false],
])('hasScheme(%s) is %s', (location, answer) => {
  expect(hasScheme(location)).toBe(answer);
});

describe('slugs', () => {
  it.each([
    ['Fake IFC returning  service', 'fake-ifc-returning-service'],
    ['  Prüfung: Türen & Öffnungen (v2.1) ', 'prufung-turen-offnungen-v2-1'],
    ['Straße Łódź Ærø', 'strasse-lodz-aero'],
    ['碰撞检测 服务', '碰撞检测-服务'],
    ['衝突チェック ガイド', '衝突チェック-ガイド'],
    ['Проверка модели', 'проверка-модели'],
    ['-rf --help', 'rf-help'],
    ['../../etc/passwd', 'etc-passwd'],
    ['🏗️', 'service'],
    ['!!!', 'service'],
    ['\u202eevil\u0000', 'evil'],
  ])('%j -> %s', (name, id) => {
    expect(slug(name)).toBe(id);
  });

  it('a long name is cut at a word, at 40 characters at most', () => {
    expect(slug('Checks walls, ducts and pipes against the fire rules')).toBe(
      'checks-walls-ducts-and-pipes-against-the',
    );
    expect(slug('Checks walls, ducts and pipes of the building')).toBe('checks-walls-ducts-and-pipes-of-the');
    expect(slug(`x${'y'.repeat(100)}`)).toBe(`x${'y'.repeat(39)}`);
  });

  it.each(['❤️ Check', '\u200bCheck', '\ufe0fCheck', '👩‍🔧 Check', '\u0301Check'])(
    '%j: no invisible character is in the id',
    (name) => {
      expect(slug(name)).toBe('check');
    },
  );

  const entry = (name: string, identity: string) => ({
    name,
    identity: () => identity,
    content: () => '',
  });

  it('equal ones carry a part of their identity, in any order', () => {
    const [one, two, other] = [entry('Echo', 'a'), entry('echo', 'b'), entry('Clash', 'c')];
    const ids = stableIds([one, two, other]);
    expect(ids).toEqual([
      expect.stringMatching(/^echo-[0-9a-f]{4}$/),
      expect.stringMatching(/^echo-[0-9a-f]{4}$/),
      'clash',
    ]);
    expect(stableIds([other, two, one])).toEqual(ids.toReversed());
  });

  it('an entry that is inserted renames no other, and an id is given once', () => {
    const before = [entry('Echo', 'a'), entry('Echo', 'b')];
    const [first, second] = stableIds(before);
    const after = stableIds([entry('Echo', 'c'), ...before, entry(first ?? '', 'd')]);
    expect(after).toContain(second);
    expect(new Set(after).size).toBe(4);
  });

  it('entries that are equal in everything are numbered', () => {
    const [first, second] = stableIds([entry('Echo', 'a'), entry('Echo', 'a')]);
    expect(second).toBe(`${first}-2`);
  });

  it('a hundred thousand equal ones are fast', () => {
    expect(new Set(distinct(Array(100_000).fill('x'))).size).toBe(100_000);
  });
});
