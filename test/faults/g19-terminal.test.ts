// G19: closed pipes, slow readers, all kinds of terminals, and the output of debugging (CASES B140, B145, B146).

import { type FaultCase, faultGroup, respondingWith } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { resultResponse, type Sandbox } from './sandbox.js';
import { response } from './scripted-server.js';

const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

/** A list that was read a moment ago is not requested again. */
const FROM_CACHE: Partial<Expectation> = { requests: 0 };

/** A list of about 1 MB that contains the service of the case. */
function longList(sandbox: Sandbox): Buffer {
  const [own] = JSON.parse(sandbox.listText());
  const many = Array.from({ length: 2500 }, (_, n) => ({ ...own, name: `Service number ${n}` }));
  return response(200, { 'Content-Type': 'application/json' }, JSON.stringify([own, ...many]));
}

const list = (name: string, more: Partial<FaultCase>): FaultCase => ({
  name,
  phase: 'list',
  steps: (sandbox) => respondingWith({ send: longList(sandbox) })(),
  expect: { exit: 0, errorCode: null },
  again: FROM_CACHE,
  ...more,
});

const invoke = (name: string, more: Partial<FaultCase>): FaultCase => ({
  name,
  phase: 'upload',
  steps: (_, result) => respondingWith({ pause: 300 }, { send: resultResponse(result) })(),
  expect: DONE,
  ...more,
});

/** A terminal without cursor control: no escape sequence at all (I7). */
const plainTerminal = (name: string, env: Record<string, string>): FaultCase =>
  invoke(name, { readers: { terminal: true }, env: { TERM: 'xterm-256color', ...env } });

const cases: FaultCase[] = [
  list('stdout closes', {
    readers: { stdout: 'leaves' },
    expect: { exit: 0, errorCode: null, unread: ['stdout'] },
  }),
  invoke('stdout is closed', { readers: { stdout: 'no one' }, expect: { ...DONE, unread: ['stdout'] } }),
  list('a slow reader of 1 MB', { readers: { stdout: 'slow' } }),
  invoke('stderr is closed', { readers: { stderr: 'no one' }, expect: { ...DONE, unread: ['stderr'] } }),
  invoke('no terminal', {}),
  invoke('NO_COLOR', {
    readers: { terminal: true },
    env: { TERM: 'xterm-256color', NO_COLOR: '1' },
    expect: { ...DONE, mayDraw: true },
  }),
  plainTerminal('TERM=dumb', { TERM: 'dumb' }),
  plainTerminal('CI', { CI: 'true' }),
  {
    name: '-v',
    phase: 'list',
    options: ['-v'],
    expect: { exit: 0, errorCode: null, mentions: ['GET '] },
    again: FROM_CACHE,
  },
  {
    name: '-v',
    phase: 'register',
    options: ['-v'],
    expect: { exit: 0, errorCode: null, mentions: ['POST '] },
  },
  { name: '-v', phase: 'upload', options: ['-v'], expect: { ...DONE, mentions: ['POST ', '[secret]'] } },
  {
    name: 'NODE_DEBUG',
    phase: 'upload',
    env: { NODE_DEBUG: 'http' },
    expect: { ...DONE, mentions: ['NODE_DEBUG'], mayLeak: ['accessToken'], unread: [] },
  },
];

faultGroup('G19', 12, cases);
