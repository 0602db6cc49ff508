// Makes one test for each case: the fault, the invariants, and a second run against a healthy service (I10).

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpLimits } from '../../src/io/http/limits.js';
import { type Certificates, makeCertificates } from './certificates.js';
import { type ChildResult, type FaultPoint, type Readers, runChild, runInProcess } from './child.js';
import { stateOf } from './folder-state.js';
import { brokenInvariants, type Expectation } from './invariants.js';
import { Models, sha256Of } from './models.js';
import { type FaultPhase, newResult, PATHS, Sandbox, SERVICE_ID } from './sandbox.js';
import type { Script, Step } from './scripted-server.js';

export interface FaultCase {
  name: string;
  phase: FaultPhase;
  /** What the server does at the path of the phase; everything else is healthy. `result` is the result to send. */
  steps?: (sandbox: Sandbox, result: Buffer) => readonly Step[];
  /** What the server does at other paths in the first run. */
  routes?: (sandbox: Sandbox, result: Buffer) => Script['routes'];
  /** The size of the result in the first run, in pieces of about 1.7 kB. */
  resultPieces?: number;
  /** Faults of the server as a whole. */
  server?: (sandbox: Sandbox) => Partial<Omit<Script, 'routes'>>;
  /** True: the service uses https. */
  tls?: boolean;
  model?: 'small' | 'medium' | 'large';
  /** Further preparation of the case. Functions that undo it are added to `sandbox.undo`. */
  prepare?: (sandbox: Sandbox) => Promise<void>;
  /** What a person does before the second run. */
  repair?: (sandbox: Sandbox) => Promise<void>;
  /** Options after the command, only in the first run. */
  options?: readonly string[];
  /** Shorter waits, only in the first run. */
  limits?: Partial<HttpLimits>;
  /** Calls that fail in the first run. */
  faultPoints?: readonly FaultPoint[];
  readers?: Readers;
  env?: Readonly<Record<string, string>>;
  hangTimeoutMs?: number;
  expect: Expectation;
  /** How the second run differs from a plain success. */
  again?: Partial<Expectation>;
}

interface Shared {
  certificates: Certificates;
  models: Models;
}

/** Steps at the path of the phase, after the request is read. */
export const respondingWith =
  (...steps: Step[]) =>
  (): readonly Step[] => [{ read: 'all' }, ...steps];

/**
 * One test for each case; `count` is the number in docs/reliability.md. The cases run the built program. With `samples` the
 * first case of each phase and exit code does, and the others, which differ only in what the server sends, run the same
 * command line in this process.
 */
export function faultGroup(
  group: string,
  count: number,
  cases: readonly FaultCase[],
  programs: 'all' | 'samples' = 'all',
): void {
  const sampled = new Set([...new Map(cases.toReversed().map((fault) => [kindOf(fault), fault])).values()]);
  describe(group, () => {
    let shared: Shared;
    let ran = 0;
    beforeAll(async () => {
      shared = { certificates: await makeCertificates(), models: new Models() };
    });
    afterAll(async () => {
      const { certificates, models } = shared;
      for (const { path, sha256 } of await models.made()) expect(await sha256Of(path)).toBe(sha256);
      await Promise.all([certificates[Symbol.asyncDispose](), models[Symbol.asyncDispose]()]);
      console.info(`faults ${group}: ${ran} cases`);
    });
    it(`has the ${count} cases of the table`, () => {
      expect(new Set(cases.map(titleOf)).size).toBe(count);
    });
    it.concurrent.for(cases.map((fault) => [titleOf(fault), fault] as const))(
      `${group} %s`,
      async ([title, fault], { expect }) => {
        const runs = programs === 'all' || sampled.has(fault) ? runChild : runInProcess;
        const broken = await brokenBy(`${group} ${title}`, fault, shared, runs);
        expect(broken, broken ?? '').toBeNull();
        ran += 1;
      },
    );
  });
}

type Run = typeof runChild;

const kindOf = ({ phase, expect: { exit, errorCode } }: FaultCase) => `${phase} ${exit} ${errorCode}`;

const titleOf = ({ phase, name }: FaultCase) => `${phase}: ${name}`;

/** What a case breaks, as text; null when it is as it must be. */
async function brokenBy(title: string, fault: FaultCase, shared: Shared, runs: Run): Promise<string | null> {
  await using sandbox = await Sandbox.create({
    ...shared,
    phase: fault.phase,
    tls: fault.tls ?? false,
    model: await shared.models.of(fault.model ?? 'small'),
  });
  const result = newResult(fault.resultPieces);
  const healthy = sandbox.healthy(result);
  const steps = fault.steps?.(sandbox, result);
  await sandbox.server.play({
    ...healthy,
    ...fault.server?.(sandbox),
    routes: {
      ...healthy.routes,
      ...fault.routes?.(sandbox, result),
      ...(steps ? { [PATHS[fault.phase]]: [steps] } : {}),
    },
  });
  await sandbox.other.play(healthy);
  await fault.prepare?.(sandbox);
  // With --json a granted token is printed on stdout; that is not a leak.
  const json = !(fault.phase === 'token' && fault.expect.exit === 0);
  const first = { runs, expected: fault.expect, result, json, again: false };
  const broken = await checkRun(title, fault, sandbox, first);
  if (broken !== null) return broken;

  sandbox.expectedResult = null;
  if (!sandbox.hasOwnModel) sandbox.useModel(await shared.models.of('small'));
  await fault.repair?.(sandbox);
  const second = newResult();
  await sandbox.server.play(sandbox.healthy(second));
  // A stored registration is not requested again.
  const isStored = fault.phase === 'register' && fault.expect.exit === 0;
  const requests = isStored ? { requests: 0 } : {};
  return await checkRun(`${title}: I10, the run after it`, fault, sandbox, {
    runs,
    expected: { exit: 0, errorCode: null, outcome: 'done', ...requests, ...fault.again },
    result: second,
    json: false,
    again: true,
  });
}

async function checkRun(
  title: string,
  fault: FaultCase,
  sandbox: Sandbox,
  run: { runs: Run; expected: Expectation; result: Buffer; json: boolean; again: boolean },
): Promise<string | null> {
  const before = await stateOf(sandbox.root);
  const isFirst = !run.again;
  sandbox.signalledAt = null;
  const child = await run.runs({
    argv: [
      ...commandOf(sandbox),
      ...(sandbox.origin.startsWith('https:') ? ['--ca-file', sandbox.certificates.caFile] : []),
      ...(run.json ? ['--json'] : []),
      ...(isFirst ? (fault.options ?? []) : []),
    ],
    stdin: sandbox.phase === 'token' ? sandbox.secrets.code : '',
    cwd: sandbox.work,
    env: { ...(run.runs === runChild ? sandbox.env : sandbox.envHere), ...(isFirst ? fault.env : {}) },
    limits: isFirst ? (fault.limits ?? {}) : {},
    faultPoints: isFirst ? (fault.faultPoints ?? []) : [],
    signalledAtFile: sandbox.signalledAtFile,
    readers: isFirst ? (fault.readers ?? {}) : {},
    ...(fault.hangTimeoutMs === undefined ? {} : { hangTimeoutMs: fault.hangTimeoutMs }),
    onStart: (running) => {
      sandbox.child = running;
    },
  });
  const broken = await brokenInvariants({ sandbox, child, before, ...run });
  return broken.length === 0 ? null : `${title}\n  ${broken.join('\n  ')}\n${transcript(child)}`;
}

function commandOf(sandbox: Sandbox): string[] {
  switch (sandbox.phase) {
    case 'list':
      return ['list', '--repository', `${sandbox.origin}${PATHS.list}`];
    case 'register':
      return ['register', SERVICE_ID];
    case 'token':
      return ['token', SERVICE_ID, '--code', '-'];
    case 'upload':
      return ['invoke', SERVICE_ID, sandbox.model.path];
  }
}

function transcript({ exit, signal, stdout, stderr }: ChildResult): string {
  return `exit ${exit ?? signal}\nstdout: ${stdout}\nstderr: ${stderr}`;
}
