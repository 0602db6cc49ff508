// G2: status codes at each endpoint (RFC 9110 15, RFC 6749 5.2, CASES B049).

import type { ErrorCode, Outcome } from '../../src/errors.js';
import { type FaultCase, faultGroup, respondingWith } from './fault-group.js';
import { response } from './scripted-server.js';

type ExpectedEnd = readonly [exit: number, errorCode: ErrorCode, outcome?: Outcome];

interface StatusFault {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
  register: ExpectedEnd;
  token: ExpectedEnd;
  upload: ExpectedEnd;
  /** What the error of an upload says beside that. */
  mentions?: readonly string[];
  /** True where the token request is repeated in the other encoding, once (PROTOCOL 0). */
  isRetried?: boolean;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TEXT = { 'Content-Type': 'text/plain' };
const REFUSED: ExpectedEnd = [6, 'service-refused', 'refused'];
const FAILED: ExpectedEnd = [6, 'service-failed', 'refused'];
/** A gateway gave up; the service behind it may be working. */
const GATEWAY: ExpectedEnd = [9, 'outcome-unknown', 'unknown'];

/** Words that a person must be able to read, for every status. */
const REASON = 'the reason in the body';

/** A server that knows Bearer says so (RFC 6750 3); another one gets a second request with the Token header. */
const CHALLENGED = { ...TEXT, 'WWW-Authenticate': 'Bearer realm="models"' };

const refusal = (status: number, more: Partial<StatusFault> = {}): StatusFault => ({
  status,
  headers: status === 401 || status === 403 ? CHALLENGED : TEXT,
  body: REASON,
  register: REFUSED,
  token: REFUSED,
  upload: REFUSED,
  ...more,
});

const failure = (status: number, upload: ExpectedEnd, more: Partial<StatusFault> = {}): StatusFault =>
  refusal(status, { register: FAILED, token: FAILED, upload, ...more });

const FAULTS: readonly StatusFault[] = [
  refusal(400, {
    headers: JSON_TYPE,
    body: JSON.stringify({ error: 'invalid_grant', error_description: REASON }),
    token: [4, 'token-refused'],
  }),
  refusal(401, {
    register: [4, 'access-denied'],
    token: [4, 'token-refused'],
    upload: [4, 'token-refused', 'refused'],
  }),
  refusal(403, {
    register: [4, 'access-denied'],
    token: [4, 'token-refused'],
    upload: [4, 'token-refused', 'refused'],
  }),
  refusal(404),
  refusal(405, { isRetried: true }),
  refusal(408),
  refusal(413),
  refusal(415, { isRetried: true }),
  refusal(429, { headers: { ...TEXT, 'Retry-After': '120' }, mentions: ['asks to wait 2 minutes'] }),
  failure(500, FAILED, {
    headers: { 'Content-Type': 'text/html' },
    body: `<!doctype html><title>500</title><style>p{}</style><h1>Oops</h1><p>${REASON}</p>`,
  }),
  failure(502, GATEWAY),
  failure(503, FAILED, {
    headers: {
      ...TEXT,
      Date: 'Sun, 01 Mar 2026 12:00:00 GMT',
      'Retry-After': 'Sun, 01 Mar 2026 12:01:30 GMT',
    },
    mentions: ['asks to wait 90 seconds'],
  }),
  failure(504, GATEWAY),
  refusal(202, {
    headers: { ...JSON_TYPE, Location: '/jobs/7?id=7' },
    body: '{"id":"7","status":"queued"}',
    register: [6, 'service-nonsense'],
    token: [6, 'service-nonsense'],
    upload: [9, 'accepted', 'unknown'],
    mentions: ['/jobs/7?id=7', 'queued'],
  }),
  refusal(206, {
    headers: { ...JSON_TYPE, 'Content-Range': 'bytes 0-20/200' },
    body: '{"client_id":"x","acc',
    register: [6, 'service-nonsense'],
    token: [6, 'service-nonsense'],
    upload: [8, 'result-incomplete', 'done'],
  }),
];

function caseAt(phase: 'register' | 'token' | 'upload', fault: StatusFault): FaultCase {
  const [exit, errorCode, outcome] = fault[phase];
  const showsReason = phase === 'upload' && fault.body.includes(REASON);
  return {
    phase,
    name: String(fault.status),
    steps: respondingWith({ send: response(fault.status, fault.headers, fault.body) }),
    expect: {
      exit,
      errorCode,
      ...(phase === 'upload' && outcome ? { outcome } : {}),
      requests: phase === 'token' && fault.isRetried ? 2 : 1,
      mentions: [
        String(fault.status),
        ...(showsReason ? [REASON] : []),
        ...(phase === 'upload' && fault.mentions ? fault.mentions : []),
      ],
      keeps: phase === 'upload' && (fault.status === 206 || fault.status === 202),
    },
  };
}

const PHASES = ['register', 'token', 'upload'] as const;

faultGroup(
  'G2',
  45,
  FAULTS.flatMap((fault) => PHASES.map((phase) => caseAt(phase, fault))),
  'samples',
);
