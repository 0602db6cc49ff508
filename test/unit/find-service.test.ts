import { describe, expect, it } from 'vitest';
import { filterServices } from '../../src/core/repository/filter-services.js';
import { findCandidates, findService } from '../../src/core/repository/find-service.js';
import type { ListedService, RefusedService } from '../../src/core/repository/load-repositories.js';
import { BimServiceError } from '../../src/errors.js';
import { readRepository } from '../../src/protocol/repository/repository.js';

function service(
  id: string,
  name: string,
  resourceUrl = `https://bim.example/${encodeURIComponent(id)}`,
): ListedService {
  const slug = id.replace(/^.*\//, '');
  const alias = id.includes('/') ? id.replace(/\/.*$/, '') : 'main';
  const entry = {
    description: '',
    provider: '',
    inputs: [],
    outputs: [],
    oauth: null,
    form: 'open' as const,
  };
  return { id, slug, alias, isNamed: true, name, resourceUrl, repository: 'x', ...entry };
}

const services = [
  service('clash-detection', 'Clash detection'),
  service('fake-ifc-returning-service', 'Fake IFC returning  service', 'http://localhost:5050'),
  service('a/analyses', 'Analyses'),
  service('b/analyses', 'Analyses'),
  service('check', 'Check'),
  service('check-2', 'Check'),
  service('check-geometry', 'Check geometry'),
  service('碰撞检测', '碰撞检测'),
];
const refused: RefusedService[] = readRepository([{ name: 'Trap door', resourceUrl: 'file:///etc/passwd' }], {
  source: 'list.json',
  location: 'list.json',
  strict: false,
  insecure: false,
}).refused.map((entry) => ({ ...entry, alias: 'main', slug: entry.id }));

function failure(query: string, among = services): BimServiceError {
  try {
    findService(among, refused, query);
  } catch (error) {
    if (error instanceof BimServiceError) return error;
    throw error;
  }
  throw new Error(`found: ${query}`);
}

describe('findService', () => {
  it.each([
    ['an id', 'clash-detection', 'clash-detection'],
    ['an id that begins others', 'check', 'check'],
    ['alias and slug', 'b/analyses', 'b/analyses'],
    ['alias and slug where the slug alone is the id', 'main/clash-detection', 'clash-detection'],
    ['a name', 'Clash detection', 'clash-detection'],
    [
      'a name in another case, with other blanks',
      ' FAKE  ifc returning\tservice',
      'fake-ifc-returning-service',
    ],
    ['an id in another case', 'CLASH-Detection', 'clash-detection'],
    ['the beginning of an id', 'cla', 'clash-detection'],
    ['the beginning of a name', 'Fake I', 'fake-ifc-returning-service'],
    ['the beginning of alias and slug', 'a/an', 'a/analyses'],
    ['a resource address', 'http://LOCALHOST:5050/', 'fake-ifc-returning-service'],
    ['a name in another script', '碰撞', '碰撞检测'],
  ])('by %s', (_, query, id) => {
    expect(findService(services, refused, query).id).toBe(id);
  });

  it.each([
    ['two with the same slug', 'analyses', 'a/analyses, b/analyses'],
    ['two with the same name', 'Check', 'check, check-2'],
    ['the beginning of several', 'chec', 'check, check-2, check-geometry'],
  ])('ambiguous: %s', (_, query, ids) => {
    const error = failure(query);
    expect([error.code, error.exitCode]).toEqual(['service-ambiguous', 3]);
    const lines = error.hint?.split('\n').slice(1) ?? [];
    expect(lines.map((line) => line.replace(/ .*/, '')).join(', ')).toBe(ids);
  });

  it('what is offered for a choice is what the error names', () => {
    expect(findCandidates(services, ' CHEC').map(({ id }) => id)).toEqual([
      'check',
      'check-2',
      'check-geometry',
    ]);
    expect(findCandidates(services, 'Fake  I').map(({ id }) => id)).toEqual(['fake-ifc-returning-service']);
  });

  it.each([
    ['clahs-detection', 'Did you mean clash-detection?'],
    ['clsh', 'Did you mean clash-detection?'],
    ['clashdet', 'Did you mean clash-detection?'],
    ['detection', 'Did you mean clash-detection?'],
    ['check-geomtry', 'Did you mean check-geometry?'],
    ['c/analyses', 'Did you mean a/analyses or b/analyses?'],
    ['zzz', '"bimservice list" shows all services.'],
    ['', '"bimservice list" shows all services.'],
    [
      'https://nowhere.example/',
      'No list has it. It can be used without one: bimservice invoke https://nowhere.example/ MODEL',
    ],
  ])('not found: %j', (query, hint) => {
    const error = failure(query);
    expect([error.code, error.exitCode, error.hint]).toEqual(['service-not-found', 3, hint]);
  });

  it('a query with control characters is shown clean', () => {
    expect(failure('x\u001b[2J\ny').message).toBe('There is no service "x [2J y"');
  });

  it.each(['trap-door', 'Trap Door', 'main/trap-door', 'trap'])(
    '%s: the entry with the unsafe address is named',
    (query) => {
      const error = failure(query);
      expect([error.code, error.exitCode, error.service]).toEqual(['unsafe-address', 3, 'trap-door']);
      expect(error.message).toContain('"Trap door"');
      expect(error.message).toContain('"file:///etc/passwd"');
    },
  );
});

describe('filterServices', () => {
  const one = {
    ...service('one', 'One'),
    inputs: ['IFC_STEP_2x3TC1'],
    outputs: ['BCF_ZIP_2.0'],
    provider: 'Example Ltd',
  };
  const two = {
    ...service('two', 'Two'),
    inputs: ['IFC_STEP_4'],
    outputs: ['BCF_ZIP_2_1'],
    provider: 'Other',
  };

  it.each([
    [{}, ['one', 'two']],
    [{ accepts: 'ifc_step_2x3tc1' }, ['one']],
    [{ accepts: 'IFC4' }, ['two']],
    [{ produces: 'BCF_ZIP_2_0' }, ['one']],
    [{ provider: 'example' }, ['one']],
    [{ accepts: 'IFC_STEP_4', produces: 'BCF_ZIP_2_0' }, []],
  ])('%j keeps %j', (filter, ids) => {
    expect(filterServices([one, two], filter).map(({ id }) => id)).toEqual(ids);
  });
});
