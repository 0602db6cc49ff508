import { describe, expect, it } from 'vitest';
import { BimServiceError } from '../../src/errors.js';
import { readRepository } from '../../src/protocol/repository/repository.js';

const rules = { source: 'list.json', location: './list.json', strict: false, insecure: false };
const nested = {
  registerUrl: 'https://b.example/register',
  authorizationUrl: 'https://b.example/authorize',
  tokenUrl: 'https://b.example/token',
};
const open = { name: 'Open', resourceUrl: 'http://localhost:5050' };

describe('the forms of an entry', () => {
  it('flat', () => {
    const entry = {
      name: 'Fake IFC returning  service',
      description: 'd',
      provider: 'p',
      inputs: ['IFC_STEP_2x3TC1', 'IFC_STEP_4'],
      outputs: ['BCF_ZIP_1.0'],
      resourceUrl: 'https://b.example/services',
      ...nested,
    };
    expect(readRepository({ services: [entry] }, rules)).toEqual({
      services: [
        {
          id: 'fake-ifc-returning-service',
          name: 'Fake IFC returning  service',
          description: 'd',
          provider: 'p',
          inputs: ['IFC_STEP_2x3TC1', 'IFC_STEP_4'],
          outputs: ['BCF_ZIP_1.0'],
          resourceUrl: 'https://b.example/services',
          oauth: nested,
          form: 'flat',
          repository: './list.json',
        },
      ],
      refused: [],
      lists: [],
      warnings: [],
    });
  });

  it.each([
    ['nested', { ...open, oauth: nested }, 'nested', nested],
    [
      'both: the nested addresses count',
      {
        ...open,
        oauth: nested,
        registerUrl: 'https://x.example/',
        authorizationUrl: 'https://x.example/',
        tokenUrl: 'https://x.example/',
      },
      'nested',
      nested,
    ],
    ['open', open, 'open', null],
    ['oauth null', { ...open, oauth: null }, 'open', null],
    ['oauth empty', { ...open, oauth: {} }, 'open', null],
    [
      'OAuth addresses null or empty',
      { ...open, registerUrl: null, authorizationUrl: '', tokenUrl: '' },
      'open',
      null,
    ],
    [
      'other members null, number as id, unknown members',
      {
        ...open,
        id: 1234567,
        description: null,
        provider: null,
        outputs: null,
        providerIcon: '/img/x.png',
        soid: {},
      },
      'open',
      null,
    ],
    ['text as id', { ...open, id: 'x' }, 'open', null],
  ])('%s', (_, entry, form, oauth) => {
    const { services, warnings } = readRepository([entry], rules);
    expect(warnings).toEqual([]);
    expect(services).toMatchObject([{ id: 'open', name: 'Open', provider: '', outputs: [], form, oauth }]);
  });

  it('addresses keep their spelling where only the slash of an empty path differs', () => {
    const entry = { ...open, resourceUrl: 'HTTPS://Bim.Example/a b' };
    expect(readRepository([open, entry], rules).services.map((service) => service.resourceUrl)).toEqual([
      'http://localhost:5050',
      'https://bim.example/a%20b',
    ]);
  });
});

describe('a bad entry is left out with a warning that says which, where and why', () => {
  it.each([
    ['no resourceUrl', { name: 'A\u202e B' }, '"A B" (/services/1) left out: it has no resourceUrl'],
    [
      'of the older protocol',
      { name: 'A', url: 'http://localhost', trigger: 'NEW_REVISION' },
      '"A" (/services/1) left out: it has no resourceUrl; the entry belongs to an older protocol',
    ],
    ['no name', { resourceUrl: 'https://b.example/' }, 'entry 2 (/services/1) left out: it has no name'],
    ['a blank name', { ...open, name: ' ' }, 'entry 2 (/services/1/name) left out: it is empty'],
    ['inputs no list', { ...open, inputs: 'IFC' }, '"Open" (/services/1/inputs) left out: must be array'],
    [
      'a number among the outputs',
      { ...open, outputs: ['a', 1] },
      '"Open" (/services/1/outputs/1) left out: must be string',
    ],
    [
      'partial OAuth, flat',
      { ...open, registerUrl: 'https://b.example/' },
      '"Open" (/services/1) left out: it has a registerUrl but no authorizationUrl: all three OAuth addresses or none',
    ],
    [
      'partial OAuth, nested',
      { ...open, oauth: { ...nested, tokenUrl: null } },
      '"Open" (/services/1/oauth) left out: it has a registerUrl but no tokenUrl: all three OAuth addresses or none',
    ],
    ['no object', 'https://b.example/', 'entry 2 (/services/1) left out: must be object'],
    ['null', null, 'entry 2 (/services/1) left out: must be object'],
    ['a list', [], 'entry 2 (/services/1) left out: must be object'],
    [
      'members only inherited',
      JSON.parse('{"__proto__":{"name":"x","resourceUrl":"https://b.example/"}}'),
      'entry 2 (/services/1) left out: it has no name',
    ],
  ])('%s', (_, entry, warning) => {
    const { services, warnings } = readRepository({ services: [{ ...open, name: 'Good' }, entry] }, rules);
    expect(services.map((service) => service.id)).toEqual(['good']);
    expect(warnings).toEqual([`list.json: ${warning}`]);
  });

  it('strict makes it an error', () => {
    expect(() => readRepository([{ name: 'A' }], { ...rules, strict: true })).toThrow(
      expect.objectContaining({
        code: 'repository-invalid',
        message: 'list.json: "A" (/0): it has no resourceUrl',
      }),
    );
  });
});

describe('an unsafe address (B029)', () => {
  it.each([
    ['/resourceUrl', { ...open, resourceUrl: 'file:///etc/passwd' }],
    ['/resourceUrl', { ...open, resourceUrl: 'http://b.example/' }],
    ['/authorizationUrl', { ...open, ...nested, authorizationUrl: 'javascript:alert(1)' }],
    ['/oauth/tokenUrl', { ...open, oauth: { ...nested, tokenUrl: 'https://me:pw@b.example/' } }],
    ['/oauth/registerUrl', { ...open, oauth: { ...nested, registerUrl: '-x' } }],
  ])('at %s: the entry is left out, and kept aside for who asks for it', (pointer, entry) => {
    const { services, refused, warnings } = readRepository([entry], rules);
    expect(services).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`list.json: "Open" (/0${pointer}) left out: Address refused: `);
    expect(refused).toMatchObject([{ id: 'open', name: 'Open', repository: './list.json' }]);
    const error = refused[0]?.error;
    expect(error).toBeInstanceOf(BimServiceError);
    expect(error).toMatchObject({ code: 'unsafe-address', exitCode: 3, service: 'open' });
    expect(error?.message).toContain(`"Open" (/0${pointer}) cannot be used: Address refused: "`);
  });

  it('is an error under strict, and plain http is no fault under insecure', () => {
    const entry = { ...open, resourceUrl: 'http://b.example/x' };
    expect(() => readRepository([entry], { ...rules, strict: true })).toThrow(
      expect.objectContaining({ code: 'unsafe-address' }),
    );
    expect(readRepository([entry], { ...rules, insecure: true }).services).toHaveLength(1);
  });
});

describe('the document', () => {
  it('ids are unique, and do not change with the order of the list', () => {
    const ids = (entries: object[]) => readRepository(entries, rules).services.map((service) => service.id);
    const other = { ...open, name: 'open!', resourceUrl: 'https://bim.example/other' };
    const [first, second] = ids([open, other]);
    expect(first).toMatch(/^open-[0-9a-f]{4}$/);
    expect(second).toMatch(/^open-[0-9a-f]{4}$/);
    expect(ids([other, { ...open, name: 'Clash' }, open])).toEqual([second, 'clash', first]);
    expect(ids([open])).toEqual(['open']);
  });

  it('strict names every bad entry', () => {
    const list = [{ name: 'A' }, open, { name: 'B', resourceUrl: 'ftp://x' }, {}];
    let error: unknown;
    try {
      readRepository(list, { ...rules, strict: true });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: 'repository-invalid',
      message: 'list.json: 3 entries cannot be used',
    });
    expect(error).toMatchObject({ hint: expect.stringMatching(/"A".*"B".*entry 4.*--strict/s) });
  });

  it('names of other scripts, and names without letters, give ids', () => {
    const list = [
      { ...open, name: '碰撞检测' },
      { ...open, name: '🏗️' },
      { ...open, name: '…' },
    ];
    expect(readRepository(list, rules).services.map((service) => service.id)).toEqual([
      '碰撞检测',
      expect.stringMatching(/^service-[0-9a-f]{12}$/),
      expect.stringMatching(/^service-[0-9a-f]{12}$/),
    ]);
  });

  it.each([[[]], [{ services: [] }], [{ capabilities: ['WEBSOCKET'], services: [] }], [{ active: [] }]])(
    '%j is a valid empty list',
    (document) => {
      expect(readRepository(document, rules)).toEqual({ services: [], refused: [], lists: [], warnings: [] });
    },
  );

  it('providers: their lists, and a warning for each with an unsafe address', () => {
    const document = {
      active: [
        { name: 'One', listUrl: 'http://localhost:8080/servicelist' },
        { listUrl: 'https://bim.example/servicelist' },
        { name: 'Three' },
        'four',
        { name: 'Five', listUrl: 'file:///etc/passwd' },
      ],
    };
    const { lists, warnings } = readRepository(document, rules);
    expect(lists).toEqual([
      { name: 'One', url: 'http://localhost:8080/servicelist' },
      { name: 'bim.example', url: 'https://bim.example/servicelist' },
    ]);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe('list.json: "Three" (/active/2) left out: it has no listUrl');
    expect(warnings[1]).toBe('list.json: provider 4 (/active/3) left out: it has no listUrl');
    expect(warnings[2]).toContain(
      '"Five" (/active/4/listUrl) left out: Address refused: "file:///etc/passwd"',
    );
  });

  it.each([
    [null, 'null'],
    ['hello', '"hello"'],
    [42, '42'],
    [{}, 'an object with nothing in it'],
    [{ services: {} }, 'an object with services'],
    [{ message: 'Not Found', status: 404 }, 'an object with message, status'],
    [JSON.parse('{"__proto__":{"services":[]}}'), 'an object with __proto__'],
  ])('%j is no repository', (document, found) => {
    expect(() => readRepository(document, rules)).toThrow(
      expect.objectContaining({
        code: 'repository-invalid',
        message: `list.json is not a service repository: it holds ${found}`,
      }),
    );
  });
});

it('a server with a wrong site address: one warning says how many services are left out, and why', () => {
  const location = 'https://bim.example/servicelist';
  const inner = ['One', 'Two'].map((name) => ({ name, resourceUrl: 'http://inner.example:8080/services' }));
  const kindOf = () => ({ mayNameWrongSite: true, tidyAddress: (address: string) => address });
  const { warnings, refused } = readRepository({ services: inner }, { ...rules, location, kindOf });
  expect(warnings).toEqual([
    'https://bim.example/servicelist says that its services are at http://inner.example:8080, so 2 of them are left out (plain http to another machine can be read and changed on the way); if that is wrong: --base-url https://bim.example',
  ]);
  expect(refused.map(({ site }) => site?.why)).toEqual(
    Array(2).fill('plain http to another machine can be read and changed on the way'),
  );
});
