// G11: the local disk when the result arrives (CASES B067, B125, B134). What was there before stays as it is.

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultPoint } from './child.js';
import { answering, type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import { response } from './scripted-server.js';
import { newResult, RESULT_NAME, resultReply, sha256, type World } from './world.js';

const NUMBERED = 'report (1).txt';

const saved = (savedAs: string): Expectation => ({ exit: 0, errorCode: null, outcome: 'done', savedAs });

/** Found while nothing had left. */
const NOT_SENT: Expectation = {
  exit: 7,
  errorCode: 'result-not-writable',
  outcome: 'not-sent',
  requests: 0,
  place: false,
};

/** The service has done its work; the disk has not. */
const NOT_SAVED: Expectation = { exit: 7, errorCode: 'result-not-writable', outcome: 'done', place: false };

const failing = (call: FaultPoint['call'], code: string, expect: Expectation, when: string): FaultCase => ({
  name: `${code} ${when}`,
  phase: 'upload',
  faultPoints: [{ call, path: '.part', fault: { code } }],
  expect: expect.exit === 0 ? expect : { ...expect, says: [code] },
});

/** Something else already has the result's name. */
const inTheWay = (name: string, prepare: (path: string, world: World) => Promise<unknown>): FaultCase => ({
  name,
  phase: 'upload',
  prepare: async (world) => {
    const path = join(world.work, RESULT_NAME);
    await rm(path);
    await prepare(path, world);
  },
  expect: saved(NUMBERED),
});

const cases: FaultCase[] = [
  failing('open', 'ENOSPC', NOT_SENT, 'when the part is made'),
  failing('write', 'ENOSPC', NOT_SAVED, 'in the middle'),
  failing('sync', 'ENOSPC', NOT_SAVED, 'at fsync'),
  failing('link', 'ENOSPC', NOT_SAVED, 'when it gets its name'),
  {
    name: 'a short write',
    phase: 'upload',
    faultPoints: [{ call: 'write', path: '.part', fault: { bytes: 7 } }],
    expect: saved(NUMBERED),
  },
  failing('open', 'EACCES', NOT_SENT, 'when the part is made'),
  failing('open', 'EROFS', NOT_SENT, 'when the part is made'),
  failing('link', 'EXDEV', saved(NUMBERED), 'where the file system has no links'),
  { name: 'the file exists', phase: 'upload', expect: saved(NUMBERED) },
  inTheWay('a symlink has the name', (path, { model }) => symlink(model.path, path)),
  inTheWay('a dangling symlink has the name', (path) => symlink('/nowhere/at/all', path)),
  inTheWay('a folder has the name', (path) => mkdir(path)),
  {
    name: 'the name is too long',
    phase: 'upload',
    steps: (_, result) => {
      const disposition = `attachment; filename="${'a'.repeat(300)}.txt"`;
      return answering({ send: response(200, { 'Content-Disposition': disposition }, result) })();
    },
    expect: saved(`${'a'.repeat(196)}.txt`),
  },
  {
    name: 'another run takes the name meanwhile',
    phase: 'upload',
    steps: (world, result) => {
      const other = newResult();
      world.otherResults.add(sha256(other));
      const take = () => writeFile(join(world.work, NUMBERED), other, { flag: 'wx' });
      return answering({ run: take }, { send: resultReply(result) })();
    },
    expect: saved('report (2).txt'),
  },
];

faultGroup('G11', 14, cases);
