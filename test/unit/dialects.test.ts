// Which dialect a service speaks, and what follows from it (PROTOCOL 1.1, 1.4 to 1.8).
import { describe, expect, test } from 'vitest';
import { dialectOf } from '../../src/protocol/dialects/dialect-of.js';

test.each([
  ['https://bim.example.org/services/1234', 'bimserver'],
  ['https://bim.example.org/services', 'bimserver'],
  ['https://bim.example.org/bim/services/7', 'bimserver'],
  ['https://bim.example.org/services/clash.php', 'plain'],
  ['https://bim.example.org/services/', 'plain'],
  ['https://bim.example.org/run', 'plain'],
])('%s is an address of %s', (resourceUrl, name) => {
  expect(dialectOf({ resourceUrl }).name).toBe(name);
});

test('the address that came with a token decides', () => {
  const service = { resourceUrl: 'https://bim.example.org/run' };
  const token = { resourceUrl: 'https://bim.example.org/services/7' };
  expect(dialectOf(service, token).name).toBe('bimserver');
  expect(dialectOf(service, { resourceUrl: null }).name).toBe('plain');
});

describe('BIMserver', () => {
  const resourceUrl = 'https://bim.example.org/bim/services';
  const bimserver = dialectOf({ resourceUrl });

  test('all services of its list share an address, those of a token have their own', () => {
    expect(bimserver.sharesAddress).toBe(true);
    expect(dialectOf({ resourceUrl: `${resourceUrl}/7` }).sharesAddress).toBe(false);
  });

  test('its other addresses are beside the services', () => {
    expect(bimserver.streamAddress(`${resourceUrl}/7`)).toBe('wss://bim.example.org/bim/stream');
    expect(bimserver.userLogin?.apiAddress(resourceUrl)).toBe('https://bim.example.org/bim/json');
    expect(bimserver.userLogin?.runAddress(resourceUrl, '9')).toBe('https://bim.example.org/bim/services/9');
  });

  test('it gets the exact name of a schema, for every spelling in its list', () => {
    expect(bimserver.inputType(['IFC_STEP_2x3TC1'], 'IFC_STEP_2X3TC1')).toBe('IFC_STEP_2X3TC1');
    expect(bimserver.inputType([], 'IFC_STEP_4')).toBe('IFC_STEP_4');
  });

  test('its errors are explained', () => {
    expect(bimserver.meaningOf('500: No schema detected', false)).toContain('FILE_SCHEMA');
    expect(bimserver.meaningOf('500: x', true)).toContain('--context-id');
  });
});

describe('any other service', () => {
  const plain = dialectOf({ resourceUrl: 'https://bim.example.org/run' });

  test('gets the spelling of its own list', () => {
    expect(plain.inputType(['IFC_STEP_2x3TC1'], 'IFC_STEP_2X3TC1')).toBe('IFC_STEP_2x3TC1');
    expect(plain.inputType([], 'IFC_STEP_4')).toBe('IFC_STEP_4');
  });

  test('has no websocket, no login by name, and no known errors', () => {
    expect(plain.streamAddress('https://bim.example.org/run')).toBeNull();
    expect(plain.userLogin).toBeNull();
    expect(plain.meaningOf('500: No schema detected', true)).toBeNull();
  });
});
