// G11: faults of the local disk when the result arrives (CASES B067, B125, B134). Existing files stay unchanged.

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultPoint } from './child.js';
import { type FaultCase, faultGroup, respondingWith } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { newResult, RESULT_NAME, resultResponse, type Sandbox, sha256 } from './sandbox.js';
import { response } from './scripted-server.js';

const NUMBERED = 'report (1).txt';

const saved = (savedAs: string): Expectation => ({ exit: 0, errorCode: null, outcome: 'done', savedAs });

/** Found before anything was sent. */
const NOT_SENT: Expectation = {
  exit: 7,
  errorCode: 'result-not-writable',
  outcome: 'not-sent',
  requests: 0,
  place: false,
};

/** The service has done its work, but the disk fails. */
const NOT_SAVED: Expectation = { exit: 7, errorCode: 'result-not-writable', outcome: 'done', place: false };

const failing = (
  call: FaultPoint['call'],
  code: string,
  expect: Expectation,
  when: string,
  times = 1,
): FaultCase => ({
  name: `${code} ${when}`,
  phase: 'upload',
  faultPoints: [{ call, path: '.part', times, fault: { code } }],
  expect: expect.exit === 0 ? expect : { ...expect, mentions: [code] },
});

/** Something else already has the name of the result. */
const nameTaken = (
  name: string,
  prepare: (path: string, sandbox: Sandbox) => Promise<unknown>,
): FaultCase => ({
  name,
  phase: 'upload',
  prepare: async (sandbox) => {
    const path = join(sandbox.work, RESULT_NAME);
    await rm(path);
    await prepare(path, sandbox);
  },
  expect: saved(NUMBERED),
});

const cases: FaultCase[] = [
  failing('open', 'ENOSPC', NOT_SENT, 'when the part is created'),
  failing('write', 'ENOSPC', NOT_SAVED, 'in the middle'),
  failing('sync', 'ENOSPC', NOT_SAVED, 'at fsync'),
  failing('link', 'ENOSPC', NOT_SAVED, 'when it gets its final name'),
  {
    name: 'a short write',
    phase: 'upload',
    faultPoints: [{ call: 'write', path: '.part', fault: { bytes: 7 } }],
    expect: saved(NUMBERED),
  },
  failing('open', 'EACCES', saved(NUMBERED), 'for a moment, when the part is created'),
  failing('open', 'EACCES', NOT_SENT, 'for good, when the part is created', -1),
  failing('open', 'EROFS', NOT_SENT, 'when the part is created'),
  failing('link', 'EXDEV', saved(NUMBERED), 'when the file system has no links'),
  { name: 'the file exists', phase: 'upload', expect: saved(NUMBERED) },
  nameTaken('a symlink has the name', (path, { model }) => symlink(model.path, path)),
  nameTaken('a dangling symlink has the name', (path) => symlink('/nowhere/at/all', path)),
  nameTaken('a folder has the name', (path) => mkdir(path)),
  {
    name: 'the name is too long',
    phase: 'upload',
    steps: (_, result) => {
      const disposition = `attachment; filename="${'a'.repeat(300)}.txt"`;
      return respondingWith({ send: response(200, { 'Content-Disposition': disposition }, result) })();
    },
    expect: saved(`${'a'.repeat(196)}.txt`),
  },
  {
    name: 'another run takes the name at the same time',
    phase: 'upload',
    steps: (sandbox, result) => {
      const other = newResult();
      sandbox.otherResults.add(sha256(other));
      const take = () => writeFile(join(sandbox.work, NUMBERED), other, { flag: 'wx' });
      return respondingWith({ run: take }, { send: resultResponse(result) })();
    },
    expect: saved('report (2).txt'),
  },
];

faultGroup('G11', 15, cases);
