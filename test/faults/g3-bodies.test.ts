// G3: wrong bodies from registerUrl and tokenUrl (CASES B031 to B056).

import type { ErrorCode } from '../../src/errors.js';
import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import type { Sandbox } from './sandbox.js';
import { response } from './scripted-server.js';

type ExpectedEnd = readonly [exit: number, errorCode: ErrorCode | null, more?: Partial<Expectation>];

interface BodyFault {
  name: string;
  /** `good` is a complete response of the phase; the fault replaces parts of it. */
  body: (good: Record<string, unknown>) => string | Buffer;
  contentType?: string;
  /** Null: the case does not apply to registration. */
  register: ExpectedEnd | null;
  token: ExpectedEnd;
  again?: Partial<Expectation>;
}

const TAKEN: ExpectedEnd = [0, null];
const NONSENSE: ExpectedEnd = [6, 'service-nonsense'];

const json = JSON.stringify;
const bytes = 50_000_000;
const depth = 10_000;
const DAY_MS = 86_400_000;

/** True for an epoch time between two spans from now, in ms. */
const between = (from: number, to: number) => (time: unknown) =>
  typeof time === 'number' && time > Date.now() + from && time < Date.now() + to;

const storedAs = (expiresAt: unknown): ExpectedEnd => [0, null, { stored: { expiresAt } }];

const FAULTS: readonly BodyFault[] = [
  {
    name: 'empty (B041, B047)',
    body: () => '',
    register: NONSENSE,
    token: [4, 'token-refused', { requests: 2 }],
  },
  {
    name: 'HTML (B053)',
    body: () => '<!DOCTYPE html><title>Sign in</title>',
    contentType: 'text/html',
    register: NONSENSE,
    token: NONSENSE,
  },
  {
    name: 'an error in a 200',
    body: () => json({ error: 'invalid_grant', error_description: 'No such thing' }),
    register: [6, 'service-refused', { mentions: ['invalid_grant', 'No such thing'] }],
    token: [4, 'token-refused', { mentions: ['invalid_grant', 'No such thing'] }],
  },
  {
    name: 'a form (B046)',
    body: (good) => new URLSearchParams({ ...good, scope: '', token_type: 'bearer' }).toString(),
    contentType: 'application/x-www-form-urlencoded',
    register: null,
    token: TAKEN,
  },
  { name: 'a BOM', body: (good) => `\ufeff${json(good)}`, register: TAKEN, token: TAKEN },
  {
    name: 'latin1',
    body: (good) => Buffer.from(json({ ...good, message: 'Grüße' }), 'latin1'),
    register: TAKEN,
    token: TAKEN,
  },
  { name: 'an array', body: (good) => json([good]), register: NONSENSE, token: NONSENSE },
  { name: 'null', body: () => 'null', register: NONSENSE, token: NONSENSE },
  {
    name: 'a field missing',
    body: () => json({ message: 'OK' }),
    register: NONSENSE,
    token: NONSENSE,
  },
  {
    name: 'a field of the wrong type',
    body: () => json({ client_id: { id: 1 }, access_token: ['a'] }),
    register: NONSENSE,
    token: NONSENSE,
  },
  {
    name: 'a number as a string (B031, B044)',
    body: (good) => json({ ...good, issued_at: '1700000000000', expires_in: '3599' }),
    register: [0, null, { stored: { issuedAt: 1_700_000_000_000 } }],
    token: storedAs(between(3_400_000, 3_600_000)),
  },
  {
    name: '0',
    body: (good) => json({ ...good, issued_at: 0, expires_in: 0 }),
    register: storedAs(null),
    token: storedAs(null),
  },
  {
    name: 'negative (B032)',
    body: (good) => json({ ...good, expires_in: -86_400_000 }),
    register: [0, null, { mentions: ['already ended'], stored: { expiresAt: between(-1e13, 0) } }],
    token: storedAs(null),
    again: { requests: 1 },
  },
  {
    name: '1e308 (B044)',
    body: (good) => json(good).replace(/\}$/, ',"expires_in":1e308}'),
    register: storedAs(null),
    token: storedAs(null),
  },
  {
    name: 'milliseconds (B031)',
    body: (good) => json({ ...good, expires_in: 31_535_999_123 }),
    register: storedAs(between(364 * DAY_MS, 366 * DAY_MS)),
    // In seconds this would be a thousand years, so it is not believed.
    token: storedAs(null),
  },
  {
    name: 'a duplicate key (B056)',
    body: (good) => json(good).replace('{', '{"client_id":"first","access_token":"first-one",'),
    register: [0, null, { stored: { clientId: 'client-1' } }],
    token: [0, null, { stored: { accessToken: (token: unknown) => token !== 'first-one' } }],
  },
  {
    name: '__proto__ (B056)',
    body: (good) => `{"__proto__":${json(good)}}`,
    register: NONSENSE,
    token: NONSENSE,
  },
  {
    name: '50 MB',
    body: (good) => Buffer.alloc(bytes, json({ ...good, filler: 'x'.repeat(1000) })),
    register: NONSENSE,
    token: NONSENSE,
  },
  {
    name: '10k levels deep',
    body: () => `${'{"a":'.repeat(depth)}null${'}'.repeat(depth)}`,
    register: NONSENSE,
    token: NONSENSE,
  },
];

const goodAnswer = (sandbox: Sandbox) =>
  sandbox.phase === 'register' ? sandbox.registration : sandbox.grant;

function casesOf(fault: BodyFault): FaultCase[] {
  return (['register', 'token'] as const).flatMap((phase) => {
    const expected = fault[phase];
    if (expected === null) return [];
    const [exit, errorCode, more] = expected;
    const headers = { 'Content-Type': fault.contentType ?? 'application/json' };
    return {
      phase,
      name: fault.name,
      steps: (sandbox) => [
        { read: 'all' },
        { send: response(200, headers, fault.body(goodAnswer(sandbox))) },
      ],
      expect: { exit, errorCode, ...more },
      ...(fault.again ? { again: fault.again } : {}),
    } satisfies FaultCase;
  });
}

faultGroup('G3', 37, FAULTS.flatMap(casesOf), 'samples');
