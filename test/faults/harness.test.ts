// Tests the harness itself: a scanner that misses a leak, or an invariant that never fails, would prove nothing.

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.js';
import type { ChildResult } from './child.js';
import { stateOf } from './folder-state.js';
import { brokenInvariants, type Evidence } from './invariants.js';
import { Models } from './models.js';
import { newResult, Sandbox } from './sandbox.js';
import { newSecrets, secretsIn } from './secrets.js';

describe('the secret scanner', () => {
  const secrets = newSecrets();
  const { clientSecret } = secrets;
  const spellings: [string, string][] = [
    ['as it is', clientSecret],
    ['in a URL', encodeURIComponent(clientSecret)],
    ['in a form', new URLSearchParams({ s: clientSecret }).toString()],
    ['in JSON', JSON.stringify({ s: clientSecret })],
    ...['', 'a', 'ab'].map((before): [string, string] => [
      `in base64 after ${before.length} bytes`,
      Buffer.from(`${before}${clientSecret}:tail`).toString('base64'),
    ]),
    ['in base64url', Buffer.from(`x${clientSecret}`).toString('base64url')],
  ];

  it.each(spellings)('finds a secret %s', (_, text) => {
    expect(secretsIn(`before ${text} after`, secrets)).toEqual(['clientSecret']);
  });

  it('finds none when there is none', () => {
    expect(secretsIn(JSON.stringify(newSecrets()), secrets)).toEqual([]);
  });
});

describe('the invariants', () => {
  const models = new Models();
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });
  afterAll(async () => {
    await Promise.all([certificates[Symbol.asyncDispose](), models[Symbol.asyncDispose]()]);
  });

  /** A failed run with the faults that `spoil` adds. */
  async function brokenBy(
    spoil: (sandbox: Sandbox) => Promise<Partial<ChildResult>>,
    expected: Evidence['expected'] = {
      exit: 9,
      errorCode: 'outcome-unknown',
      outcome: 'unknown',
      requests: 0,
    },
  ): Promise<string> {
    const model = await models.of('small');
    const options = { phase: 'upload', tls: false, model, models, certificates } as const;
    await using sandbox = await Sandbox.create(options);
    await sandbox.server.play(sandbox.healthy());
    const before = await stateOf(sandbox.root);
    const error = { code: 'outcome-unknown', exitCode: 9 };
    const child: ChildResult = {
      argv: ['invoke'],
      exit: 9,
      signal: null,
      stdout: `${JSON.stringify({ outcome: 'unknown', error })}\n`,
      stderr: `error: ${sandbox.server.host}: connection lost\n  Look there.\n`,
      endedAt: Date.now(),
      hung: false,
      leftProcesses: false,
      ...(await spoil(sandbox)),
    };
    const receipt = join(sandbox.work, 'model.ifc.run.json');
    await writeFile(receipt, JSON.stringify({ outcome: 'unknown' }));
    const broken = await brokenInvariants({
      sandbox,
      child,
      expected,
      before,
      result: newResult(),
      json: true,
    });
    return broken.map((fault) => fault.slice(0, 2)).join(' ');
  }

  it('hold for a run without faults', async () => {
    expect(await brokenBy(async () => ({}))).toBe('');
  });

  it.each<[string, string, (sandbox: Sandbox) => Promise<Partial<ChildResult>>]>([
    ['I1', 'half a result', (sandbox) => leave(sandbox, 'report (1).txt', 'All is w')],
    ['I2', 'a file of the user that was overwritten', (sandbox) => leave(sandbox, 'report.txt', 'new')],
    ['I3', 'a token on stderr', async ({ secrets }) => ({ stderr: standIn(secrets.accessToken) })],
    ['I3', 'an open store', (sandbox) => chmod(sandbox.store, 0o755).then(() => ({}))],
    ['I4', 'another exit code', async () => ({ exit: 1 })],
    ['I6', 'a process that hangs', async () => ({ hung: true })],
    ['I6', 'a late end', async () => ({ endedAt: Date.now() + 60_000 })],
    ['I7', 'a control character', async () => ({ stderr: standIn('\u001b[2J') })],
    ['I7', 'a stack trace', async () => ({ stderr: standIn('\n    at run (file.js:1:2)') })],
    ['I8', 'chatter on stdout', async () => ({ stdout: '{"outcome":"unknown"}\nDone.\n' })],
  ])('%s breaks: %s', async (invariant, _, spoil) => {
    expect(await brokenBy(spoil)).toContain(invariant);
  });

  it('I1 and I5 break: a success without a result and without a request', async () => {
    const faults = await brokenBy(async () => ({ exit: 0 }), { exit: 0, errorCode: null, outcome: 'done' });
    expect(faults).toContain('I1');
    expect(faults).toContain('I5');
  });

  const leave = (sandbox: Sandbox, name: string, text: string) =>
    writeFile(join(sandbox.work, name), text).then(() => ({}));

  const standIn = (text: string) => `error: fault-service failed ${text}\n  Try again.\n`;
});
