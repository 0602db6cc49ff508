import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { BimServiceError, EXIT_CODES } from '../../src/errors.js';
import { readRepository } from '../../src/protocol/repository/repository.js';

const folder = new URL('../../schemas/', import.meta.url);
const OURS = [
  'authorize-output',
  'bcf-output',
  'config-output',
  'credentials-output',
  'demo-output',
  'doctor-output',
  'dry-run-output',
  'error-output',
  'findings',
  'invoke-output',
  'list-output',
  'logout-all-output',
  'logout-output',
  'receipt',
  'register-output',
  'repository',
  'repository-check-output',
  'repository-entry',
  'repository-output',
  'serve-backup-output',
  'serve-check-output',
  'serve-client-output',
  'serve-config',
  'serve-jobs-output',
  'serve-output',
  'serve-token-output',
  'serve-user-output',
  'service-providers',
  'status-output',
  'token-output',
  'watch-output',
  'worker-output',
];

function schema(name: string) {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), 'utf8'));
}

const ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true });
for (const each of OURS) ajv.addSchema(schema(each));

function validator(name: string) {
  const validate = ajv.getSchema(`urn:bimservice:schema:${name}`);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate;
}

it('every published schema of these is there', () => {
  const files = readdirSync(folder).map((file) => file.replace('.schema.json', ''));
  expect(files.sort()).toEqual(OURS);
});

describe.each(OURS)('%s', (name) => {
  it('is draft 2020-12 with its own $id', () => {
    expect(schema(name)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:bimservice:schema:${name}`,
    });
  });

  it('accepts each of its examples', () => {
    const validate = validator(name);
    const { examples } = schema(name);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      validate(example);
      expect(validate.errors, JSON.stringify(example)).toBeNull();
    }
  });
});

it.each([
  ['repository-entry', { name: 'x' }],
  ['repository-entry', { name: 'x', resourceUrl: 'https://b.example/', tokenUrl: 'https://b.example/' }],
  [
    'repository-entry',
    { name: 'x', resourceUrl: 'https://b.example/', oauth: { tokenUrl: 'https://b.example/' } },
  ],
  ['repository', { services: [{ name: 'x' }] }],
  ['repository', { service: [] }],
  ['service-providers', { active: [{ name: 'x' }] }],
  ['invoke-output', { outcome: 'done' }],
  ['receipt', { tool: 'bimservice', version: '1', startedAt: 'now' }],
  ['status-output', { services: [{ id: 'x', status: 'fine' }] }],
  ['list-output', { services: [] }],
  ['list-output', { services: [{ id: 'x' }], warnings: [] }],
  ['register-output', { service: 'x', isNew: 'yes' }],
  ['authorize-output', { service: 'x', status: 'expired', expiresAt: null }],
  ['token-output', { service: 'x', accessToken: '', expiresAt: null, resourceUrl: null }],
  ['credentials-output', { service: 'x', credentials: '', encrypted: false }],
  ['logout-output', { service: 'x', removed: true, revoked: false }],
  ['config-output', { store: 'cloud' }],
  ['repository-output', { repositories: [{ alias: 'x' }] }],
  ['repository-output', { repositories: [], added: { alias: 'x', location: 'y' } }],
  ['repository-check-output', { repositories: [{ alias: 'x', location: 'y', services: 1, warnings: [] }] }],
  ['dry-run-output', { dryRun: true, method: 'POST', url: 'x', headers: { a: 1 }, input: {} }],
  ['serve-check-output', { services: [''] }],
  ['demo-output', { folder: 'x', provider: 'y', consent: 'none' }],
  ['error-output', { error: { code: 'oops', exitCode: 1, message: 'x' } }],
  ['error-output', { error: { code: 'usage', exitCode: 0, message: 'x' } }],
])('%s refuses %j', (name, value) => {
  expect(validator(name)(value)).toBe(false);
});

it('the examples of a repository are read without a warning', () => {
  const rules = { source: 'x', location: 'x', strict: true, insecure: false };
  const documents = [
    ...schema('repository').examples,
    schema('repository-entry').examples,
    ...schema('service-providers').examples,
  ];
  for (const document of documents) expect(readRepository(document, rules).warnings).toEqual([]);
});

it('error-output knows every error code, and each has an exit status in its range', () => {
  expect(schema('error-output').properties.error.properties.code.enum.toSorted()).toEqual(
    Object.keys(EXIT_CODES).sort(),
  );
  const { code, exitCode, message, hint } = new BimServiceError('usage', 'm', { hint: 'h' });
  expect(validator('error-output')({ error: { code, exitCode, message, hint } })).toBe(true);
});
