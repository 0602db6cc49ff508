// The next command has the options that were given for this one: without them it finds another service, or none.
import { describe, expect, test } from 'vitest';
import { completeHint, nextStep } from '../../src/commands/shared/next-step.js';
import { BimServiceError } from '../../src/errors.js';

const given = { options: { repository: ['my list.json'], configDir: '/ci/store' } };
const OPTIONS = '-r "my list.json" --config-dir /ci/store';

describe('nextStep', () => {
  test.each([
    ['bimservice authorize a-service', `bimservice authorize a-service ${OPTIONS}`],
    ['bimservice invoke a-service MODEL', `bimservice invoke a-service MODEL ${OPTIONS}`],
    ['"bimservice list" shows all.', `"bimservice list ${OPTIONS}" shows all.`],
    ['again: bimservice token s --set -', `again: bimservice token s ${OPTIONS} --set -`],
    ['(bimservice list s) or ask', `(bimservice list s ${OPTIONS}) or ask`],
    ['See it: bimservice list s. What', `See it: bimservice list s ${OPTIONS}. What`],
    ['See: bimservice list a.b; or', `See: bimservice list a.b ${OPTIONS}; or`],
    ['bimservice list --for m.ifc\nmore', `bimservice list ${OPTIONS} --for m.ifc\nmore`],
  ])('%s', (text, expected) => {
    expect(nextStep(given, text)).toBe(expected);
  });

  test.each([
    'See: bimservice invoke --help',
    'bimservice repository add URL',
    'bimservice serve',
    'no command',
  ])('unchanged: %s', (text) => {
    expect(nextStep(given, text)).toBe(text);
  });

  test('nothing is added where nothing was given, and a list on stdin cannot be read a second time', () => {
    expect(nextStep({ options: {} }, 'bimservice list')).toBe('bimservice list');
    expect(nextStep({ options: { repository: ['-'] } }, 'bimservice list')).toBe('bimservice list');
  });

  test('the password of an address is not repeated', () => {
    const { options } = { options: { repository: ['https://u:secret@bim.example/list'], insecure: true } };
    const text = nextStep({ options }, 'bimservice list');
    expect(text).toBe('bimservice list -r https://bim.example/list --insecure');
  });
});

test('completeHint: a second call changes nothing', () => {
  const error = new BimServiceError('not-authorized', 's is not authorized yet', {
    hint: 'bimservice authorize s',
  });
  completeHint(error, given);
  completeHint(error, given);
  expect(error.hint).toBe(`bimservice authorize s ${OPTIONS}`);
});

test.each([
  ['the service of the error', 's1', 's2', 's1'],
  ['the service of the run', undefined, 's2', 's2'],
  ['a name with a blank', 'my bot', null, '"my bot"'],
  ['no service', undefined, null, 'SERVICE'],
])('completeHint names %s', (_what, own, ofRun, expected) => {
  const error = new BimServiceError('token-refused', 'refused', {
    hint: 'Again: bimservice authorize SERVICE',
    ...(own === undefined ? {} : { service: own }),
  });
  completeHint(error, { options: {}, service: ofRun });
  expect(error.hint).toBe(`Again: bimservice authorize ${expected}`);
});
