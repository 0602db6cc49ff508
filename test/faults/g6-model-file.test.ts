// G6: changes of a model on the disk while it is being sent (CASES B095, B103).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { stepModel } from '../support/fixtures.js';
import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import type { Model } from './models.js';
import { ownModel, sparseModel } from './own-model.js';
import { resultResponse, type Sandbox } from './sandbox.js';

/** More than fits into the buffers when a service reads a tenth and then waits. */
const LONG_BYTES = 20 * 1024 * 1024;

const SPARSE_BYTES = 32 * 1024 * 1024 + 1;

const DONE: Expectation = { exit: 0, errorCode: null, outcome: 'done' };

const UNREADABLE: Expectation = {
  exit: 7,
  errorCode: 'model-unreadable',
  outcome: 'not-sent',
  requests: 0,
};

/** The request stays incomplete, so that no service accepts a mixed model. */
const changed = (how: string): Expectation => ({
  exit: 7,
  errorCode: 'model-changed',
  outcome: 'unknown',
  place: false,
  mentions: [how, 'while it was being sent'],
});

/** A model that fits into no socket buffer, and a change of it after a part was sent. */
function whileSending(
  name: string,
  change: (model: Model, sandbox: Sandbox) => Promise<unknown>,
  expect: Expectation,
  more: Partial<FaultCase> = {},
): FaultCase {
  return {
    name,
    phase: 'upload',
    prepare: (sandbox) =>
      ownModel(sandbox, (path) => writeFile(path, stepModel({ schema: 'IFC4', bytes: LONG_BYTES }))),
    steps: (sandbox, result) => [
      { read: 0.1 },
      { run: async () => void (await change(sandbox.model, sandbox)) },
      { read: 'all' },
      { send: resultResponse(result) },
    ],
    repair: async (sandbox) => {
      await copyFile((await sandbox.models.of('small')).path, sandbox.model.path);
      sandbox.model = { ...(await sandbox.models.of('small')), path: sandbox.model.path };
    },
    expect,
    ...more,
  };
}

const inPlaceOfModel = (
  name: string,
  make: (path: string, sandbox: Sandbox) => Promise<unknown>,
  expect: Expectation,
): FaultCase => ({
  name,
  phase: 'upload',
  prepare: (sandbox) => ownModel(sandbox, (path) => make(path, sandbox)),
  repair: async (sandbox) => {
    await rm(sandbox.model.path, { recursive: true });
    await copyFile((await sandbox.models.of('small')).path, sandbox.model.path);
    sandbox.model = { ...(await sandbox.models.of('small')), path: sandbox.model.path };
  },
  expect,
});

async function makeFifo(path: string, sandbox: Sandbox): Promise<void> {
  await once(spawn('mkfifo', [path]), 'exit');
  const { path: from } = await sandbox.models.of('small');
  const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', from, path]);
  sandbox.undo.push(() => writer.kill());
}

const cases: FaultCase[] = [
  whileSending('grows', ({ path }) => appendFile(path, 'more'), changed('became longer')),
  whileSending('shrinks', ({ path, bytes }) => truncate(path, bytes - 1), changed('became shorter')),
  whileSending(
    'is replaced',
    async ({ path }, { models }) => {
      await copyFile((await models.of('small')).path, `${path}.new`);
      await rename(`${path}.new`, path);
    },
    changed('was replaced'),
  ),
  whileSending('is deleted', ({ path }) => rm(path), DONE),
  whileSending(
    'EIO in the middle',
    async () => {},
    { ...UNREADABLE, outcome: 'unknown', requests: 1, place: false, mentions: ['read error'] },
    { faultPoints: [{ call: 'read', path: '.ifc', nth: 10, fault: { code: 'EIO' } }] },
  ),
  inPlaceOfModel('is a directory', (path) => mkdir(path), { ...UNREADABLE, place: false }),
  {
    ...inPlaceOfModel('is a FIFO', makeFifo, DONE),
    prepare: async (sandbox) => {
      await ownModel(sandbox, (path) => makeFifo(path, sandbox));
      sandbox.model = { ...(await sandbox.models.of('small')), path: sandbox.model.path };
    },
  },
  inPlaceOfModel('has 0 bytes', (path) => writeFile(path, ''), {
    exit: 2,
    errorCode: 'model-empty',
    outcome: 'not-sent',
    requests: 0,
    place: false,
  }),
  {
    name: 'is sparse',
    phase: 'upload',
    prepare: (sandbox) => sparseModel(sandbox, SPARSE_BYTES),
    expect: DONE,
  },
];

faultGroup('G6', 9, cases);
