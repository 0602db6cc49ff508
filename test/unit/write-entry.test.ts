// A service that is written as a list and read again is the same service.
import { expect, test } from 'vitest';
import { readRepository } from '../../src/protocol/repository/repository.js';
import { listOf } from '../../src/protocol/repository/write-entry.js';

const RULES = { source: 'list.json', location: 'list.json', insecure: false, strict: true };
const AT = 'https://bim.example';
const ADDRESSES = { registerUrl: `${AT}/r`, authorizationUrl: `${AT}/a`, tokenUrl: `${AT}/t` };

test.each([
  ['flat', { ...ADDRESSES }],
  ['nested', { oauth: ADDRESSES }],
  ['open', {}],
  ['an issuer', { issuer: `${AT}/login`, scope: ['check', 'read'] }],
  ['OpenCDE', { foundationUrl: `${AT}/foundation` }],
  ['addresses and an issuer', { oauth: ADDRESSES, issuer: `${AT}/login` }],
  ['a form', { upload: 'multipart', modelField: 'ifc', fields: { rules: 'an mvdXML file' } }],
  [
    'all the words',
    {
      id: 12,
      description: 'Checks',
      provider: 'Example',
      providerIcon: `${AT}/i.png`,
      inputs: ['IFC_STEP_4'],
      outputs: ['BCF_ZIP_2_1'],
    },
  ],
  ['an address without a path', { resourceUrl: AT }],
])('%s', (_, more) => {
  const value = {
    services: [{ name: 'Check', resourceUrl: `${AT}/check`, ...more }],
    capabilities: ['WEBSOCKET'],
  };
  const [service] = readRepository(value, RULES).services;
  if (service === undefined) throw new Error('no service');
  const again = readRepository(JSON.parse(JSON.stringify(listOf(service))), RULES);
  expect(again).toMatchObject({ services: [service], refused: [], warnings: [] });
});

test('a corrected site address stays corrected, and the wrong one is kept for later addresses', () => {
  const list = [{ name: 'Check', resourceUrl: 'http://localhost:8080/services' }];
  const rules = { ...RULES, baseUrl: new URL(AT) };
  const [service] = readRepository(list, rules).services;
  expect(service && listOf(service)).toMatchObject({
    services: [{ resourceUrl: `${AT}/services` }],
    rebase: { from: 'http://localhost:8080', to: AT },
  });
});
