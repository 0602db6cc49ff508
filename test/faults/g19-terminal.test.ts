// G19: pipes that close, readers that dawdle, terminals of every kind, and what debugging prints (CASES B140, B145, B146).

import { answering, type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { response } from './scripted-server.js';
import { resultReply, type World } from './world.js';

const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

/** A list that was read a moment ago is not asked for again. */
const FROM_CACHE: Partial<Expectation> = { requests: 0 };

/** A list of about 1 MB, with the case's own service in it. */
function longList(world: World): Buffer {
  const [own] = JSON.parse(world.listText());
  const many = Array.from({ length: 2500 }, (_, n) => ({ ...own, name: `Service number ${n}` }));
  return response(200, { 'Content-Type': 'application/json' }, JSON.stringify([own, ...many]));
}

const list = (name: string, more: Partial<FaultCase>): FaultCase => ({
  name,
  phase: 'list',
  steps: (world) => answering({ send: longList(world) })(),
  expect: { exit: 0, errorCode: null },
  again: FROM_CACHE,
  ...more,
});

const invoke = (name: string, more: Partial<FaultCase>): FaultCase => ({
  name,
  phase: 'upload',
  steps: (_, result) => answering({ pause: 300 }, { send: resultReply(result) })(),
  expect: DONE,
  ...more,
});

/** On a terminal that must not be drawn on: no escape sequence at all (I7). */
const plainTerminal = (name: string, env: Record<string, string>): FaultCase =>
  invoke(name, { readers: { terminal: true }, env: { TERM: 'xterm-256color', ...env } });

const cases: FaultCase[] = [
  list('stdout closes', {
    readers: { stdout: 'leaves' },
    expect: { exit: 0, errorCode: null, unread: ['stdout'] },
  }),
  invoke('stdout is closed', { readers: { stdout: 'nobody' }, expect: { ...DONE, unread: ['stdout'] } }),
  list('a slow reader of 1 MB', { readers: { stdout: 'slow' }, hangsAfterMs: 30_000 }),
  invoke('stderr is closed', { readers: { stderr: 'nobody' }, expect: { ...DONE, unread: ['stderr'] } }),
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
    expect: { exit: 0, errorCode: null, says: ['GET '] },
    again: FROM_CACHE,
  },
  { name: '-v', phase: 'register', options: ['-v'], expect: { exit: 0, errorCode: null, says: ['POST '] } },
  { name: '-v', phase: 'upload', options: ['-v'], expect: { ...DONE, says: ['POST ', '[secret]'] } },
  {
    name: 'NODE_DEBUG',
    phase: 'upload',
    env: { NODE_DEBUG: 'http' },
    expect: { ...DONE, says: ['NODE_DEBUG'], mayLeak: ['accessToken'], unread: [] },
  },
];

faultGroup('G19', 12, cases);
