// `invoke` of a large model with a large answer, against what a user would take instead: curl, or Python's requests.

import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureInTurns } from '../measure.mjs';
import { writeSparseModel } from '../models.mjs';
import { ratioRow } from '../rows.mjs';
import { LARGE } from '../services.mjs';
import { mustHaveSize } from '../stand.mjs';

const MODEL_BYTES = 1024 ** 3;
const SCRIPT = fileURLToPath(new URL('../upload-with-requests.py', import.meta.url));

export const runs = 5;

/** @type {import('../run.mjs').Case} */
export async function rows({ stand, runs }) {
  const { folder, command, invocation } = await stand.desk('upload');
  const model = join(folder, 'model.ifc');
  const answer = join(folder, 'answer-of-peer.ifc');
  await writeSparseModel(model, MODEL_BYTES);
  const url = `${stand.origin}${LARGE.path}`;
  const headers = ['-H', 'Content-Type: application/octet-stream', '-H', 'Input-Type: IFC_STEP_4'];
  /** @type {{ name: string, goals: { wallMs?: number, cpuMs?: number }, command: import('../measure.mjs').Command }[]} */
  const peers = [
    {
      name: '`curl -T`',
      goals: { wallMs: 1.3, cpuMs: 2.5 },
      command: command('curl', ['-sS', '--fail', '-X', 'POST', '-T', model, '-o', answer, ...headers, url]),
    },
  ];
  const python = pythonWithRequests();
  if (python === null) console.log('python3 with requests is not here: that peer of the upload is left out');
  else {
    peers.push({
      name: "Python's requests",
      goals: {},
      command: command(python, [SCRIPT, url, model, answer]),
    });
  }
  const peerCommands = peers.map((peer) => ({
    ...peer.command,
    before: () => rm(answer, { force: true }),
    after: () => mustHaveSize(answer, LARGE.bytes),
  }));
  const [ours = [], ...theirs] = await measureInTurns([invocation(LARGE, model), ...peerCommands], {
    runs,
    usage: true,
  });
  return peers.flatMap(({ name, goals }, index) => {
    const pair = { peer: name, ours, theirs: theirs[index] ?? [] };
    return [
      ratioRow({ ...pair, work: '`invoke` 1 GiB, 10 MB back: wall', of: 'wallMs', goal: goals.wallMs }),
      ratioRow({ ...pair, work: '`invoke` 1 GiB, 10 MB back: CPU', of: 'cpuMs', goal: goals.cpuMs }),
    ];
  });
}

/** The interpreter itself, not a wrapper that would be measured too; null where it or the library is missing. */
function pythonWithRequests() {
  const asked = spawnSync('python3', ['-c', 'import requests, sys; print(sys.executable)'], {
    encoding: 'utf8',
  });
  return asked.status === 0 ? asked.stdout.trim() : null;
}
