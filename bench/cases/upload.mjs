// `invoke` of a large model with a large result, with and without a receipt, compared with what a user would use instead:
// curl, curl followed by openssl for the hash, or Python's requests.

import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectSize } from '../environment.mjs';
import { measureInTurns } from '../measure.mjs';
import { writeSparseModel } from '../models.mjs';
import { ratioRow } from '../rows.mjs';
import { LARGE } from '../services.mjs';

const MODEL_BYTES = 1024 ** 3;
const SCRIPT = fileURLToPath(new URL('../upload-with-requests.py', import.meta.url));
/** The goals of the project. They are the same without a receipt, because curl writes none either. */
const GOALS = { wallMs: 1.3, cpuMs: 2.5 };
const RECEIPT_GOAL = 1.15;

export const runs = 7;

/** @type {import('../run.mjs').Case} */
export async function rows({ environment, runs }) {
  const { folder, command, invocation } = await environment.workspace('upload');
  const model = join(folder, 'model.ifc');
  const result = join(folder, 'result-of-peer.ifc');
  await writeSparseModel(model, MODEL_BYTES);
  const url = `${environment.services}${LARGE.path}`;
  const curl = ['-sS', '--fail', '-X', 'POST', '-T', model, '-o', result];
  curl.push('-H', 'Content-Type: application/octet-stream', '-H', 'Input-Type: IFC_STEP_4', url);
  /** @param {string} program @param {string[]} argv */
  const peer = (program, argv) => ({
    ...command(program, argv),
    before: () => rm(result, { force: true }),
    after: () => expectSize(result, LARGE.bytes),
  });
  const python = pythonWithRequests();
  if (python === null)
    console.log('python3 with requests was not found: this peer of the upload is left out');
  const [full = [], bare = [], byCurl = [], byHash = [], byBoth = [], byRequests = []] = await measureInTurns(
    [
      invocation(LARGE, model),
      invocation(LARGE, model, ['--no-receipt']),
      peer('curl', curl),
      command('openssl', ['dgst', '-sha256', model]),
      peer('sh', ['-c', 'curl "$@" && openssl dgst -sha256 "$0"', model, ...curl]),
      ...(python === null ? [] : [peer(python, [SCRIPT, url, model, result])]),
    ],
    { runs, usage: true },
  );
  const work = '`invoke` 1 GiB, 10 MB back';
  const withoutReceipt = '`invoke --no-receipt`, the same';
  const wall = { work: `${work}: wall`, ours: full, of: /** @type {const} */ ('wallMs') };
  const table = [
    ...wallAndCpu({ work, peer: '`curl -T`', ours: full, theirs: byCurl, goals: GOALS }),
    ...wallAndCpu({ work: withoutReceipt, peer: '`curl -T`', ours: bare, theirs: byCurl, goals: GOALS }),
    ratioRow({ ...wall, peer: '`--no-receipt`', theirs: bare, goal: RECEIPT_GOAL }),
    // The lower limit for every way of hashing.
    ratioRow({ ...wall, peer: '`openssl dgst` alone', theirs: byHash }),
    ...wallAndCpu({ work, peer: '`curl -T`, then `openssl dgst`', ours: full, theirs: byBoth, goals: {} }),
  ];
  if (python === null) return table;
  return [
    ...table,
    ...wallAndCpu({ work, peer: "Python's requests", ours: full, theirs: byRequests, goals: {} }),
  ];
}

/**
 * @param {{ work: string, peer: string, ours: import('../measure.mjs').Usage[], theirs: import('../measure.mjs').Usage[],
 *   goals: { wallMs?: number, cpuMs?: number } }} pair
 */
function wallAndCpu({ work, goals, ...pair }) {
  return [
    ratioRow({ ...pair, work: `${work}: wall`, of: 'wallMs', goal: goals.wallMs }),
    ratioRow({ ...pair, work: `${work}: CPU`, of: 'cpuMs', goal: goals.cpuMs }),
  ];
}

/** The interpreter itself, not a wrapper that would be measured too; null when it or the library is missing. */
function pythonWithRequests() {
  const found = spawnSync('python3', ['-c', 'import requests, sys; print(sys.executable)'], {
    encoding: 'utf8',
  });
  return found.status === 0 ? found.stdout.trim() : null;
}
