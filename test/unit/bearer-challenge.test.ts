// The Bearer challenge of a refused token, also beside challenges of other schemes.
import { expect, test } from 'vitest';
import { readBearerChallenge } from '../../src/protocol/invocation/bearer-challenge.js';

test.each([
  [null, null],
  ['', null],
  ['Basic realm="bearer"', null],
  ['Bearer', { error: null, scope: null }],
  ['Bearer realm="x"', { error: null, scope: null }],
  ['bearer error=invalid_token', { error: 'invalid_token', scope: null }],
  ['Bearer realm="x", error="invalid_token"', { error: 'invalid_token', scope: null }],
  [
    'Digest realm="x", error="other", Bearer error="insufficient_scope", scope="run read"',
    { error: 'insufficient_scope', scope: 'run read' },
  ],
  ['Bearer x_error="other", error_description="error=no"', { error: null, scope: null }],
])('%j', (header, challenge) => {
  expect(readBearerChallenge(header)).toEqual(challenge);
});

test('an error is shown without control characters', () => {
  expect(readBearerChallenge('Bearer error="a\u001b[2Jb"')?.error).not.toContain('\u001b');
});
