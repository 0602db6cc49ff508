// I1 to I9 of docs/reliability.md, checked after every case by one function. (I10 is a second run with the same check.)

import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ErrorCode, Outcome } from '../../src/errors.js';
import type { ChildResult } from './child.js';
import { type Entry, stateOf } from './folder-state.js';
import { PATHS, type Sandbox, SERVICE_ID, sha256 } from './sandbox.js';
import { secretsIn } from './secrets.js';

/** The expected outcome of a run. */
export interface Expectation {
  exit: number | 'SIGKILL';
  /** Null: no error. */
  errorCode: ErrorCode | null;
  /** What happened to the model, when one is sent. */
  outcome?: Outcome;
  /**
   * The path of the result in the working folder; null when there is none. By default a success has one with any name, and
   * a failure has none.
   */
  savedAs?: string | null;
  /** By default 1, or 0 when nothing was sent. */
  receipts?: number;
  /** True when the run is killed, so that the next run must clean up. */
  leavesPart?: boolean;
  /** The number of requests at the path of the phase; 1 by default. */
  requests?: number;
  /** The number of requests at the other paths of the case; 0 by default. */
  besides?: number;
  /** Words that the error, or a warning, must contain. */
  mentions?: readonly (string | RegExp)[];
  /** What the store must hold of the response, when one is stored. */
  stored?: Readonly<Record<string, unknown>>;
  /** False when the server responds before it has read the whole model. */
  readsWhole?: false;
  /** False when the message has no advice. */
  hint?: boolean;
  /** False when the message does not name the service: a person who pressed Ctrl-C knows it. */
  place?: boolean;
  /** Whether what arrived of the response is kept as `NAME.rejected`; either where it is left out. */
  keeps?: boolean;
  /** Secrets that Node itself prints because of NODE_DEBUG. */
  mayLeak?: readonly string[];
  /** Streams that are not read to the end, so that their content is not checked. */
  unread?: readonly ('stdout' | 'stderr')[];
  /** True on a terminal where the cursor may move; colors are still not allowed. */
  mayDraw?: boolean;
}

export interface Evidence {
  sandbox: Sandbox;
  child: ChildResult;
  expected: Expectation;
  /** The state of the sandbox's root before the run. */
  before: ReadonlyMap<string, Entry>;
  /** The result that the service sends. */
  result: Buffer;
  json: boolean;
}

/**
 * The longest time (ms) from the server's last step, or from a signal, to the end of the process: less than the 60 s of the
 * limits that are not shortened, and otherwise as long as a busy machine needs.
 */
const DETECTION_MS = 30_000;

/** The faults of a run, each with the invariant that it breaks, `I4: …`; empty for a good run. */
export async function brokenInvariants(evidence: Evidence): Promise<string[]> {
  const after = await stateOf(evidence.sandbox.root);
  evidence.sandbox.signalledAt ??= Number(after.get('signalled-at')?.content) || null;
  return [
    ...resultFaults(evidence, after),
    ...(await lossFaults(evidence, after)),
    ...leakFaults(evidence, after),
    ...exitFaults(evidence),
    ...requestFaults(evidence),
    ...remainsFaults(evidence, after),
    ...messageFaults(evidence),
    ...stdoutFaults(evidence),
    ...outcomeFaults(evidence, after),
    ...evidence.sandbox.server.faults.map((fault) => `the harness: ${fault}`),
  ];
}

const isReceipt = (path: string) => path.endsWith('.run.json');
const isPart = (path: string) => path.endsWith('.part');
const isRejected = (path: string) => /\.rejected$| \(\d+\)\.rejected$/.test(path);

/** Files that the run added to the working folder. */
function newFiles({ sandbox, before }: Evidence, after: ReadonlyMap<string, Entry>): [string, Entry][] {
  const work = `${relative(sandbox.root, sandbox.work)}/`;
  return [...after].filter(([path]) => path.startsWith(work) && !before.has(path));
}

/** I1: a final name holds the whole result of this run, or nothing. */
function resultFaults(evidence: Evidence, after: ReadonlyMap<string, Entry>): string[] {
  const { expected, result, sandbox } = evidence;
  const results = newFiles(evidence, after)
    .filter(([path, { kind }]) => kind !== 'folder' && !isReceipt(path) && !isPart(path) && !isRejected(path))
    .filter(([, entry]) => !sandbox.otherResults.has(entry.sha256));
  const wanted = sandbox.phase === 'upload' ? savedAs(expected) : null;
  const kept = keptFaults(evidence, after);
  if (kept.length > 0) return kept;
  if (wanted === null) return results.map(([path]) => `I1: ${path} is there without a result`);
  if (results.length !== 1) return [`I1: ${results.length} new files instead of one result`];
  const work = relative(sandbox.root, sandbox.work);
  return results.flatMap(([path, entry]) => [
    ...(entry.sha256 === sha256(sandbox.expectedResult ?? result)
      ? []
      : [`I1: ${path} (${entry.content.length} bytes) is not the result`]),
    ...(wanted === undefined || path === join(work, wanted) ? [] : [`I1: ${path} is not named ${wanted}`]),
  ]);
}

/** What arrived of a response that was not accepted is in one file, which the error and the receipt name. */
function keptFaults(evidence: Evidence, after: ReadonlyMap<string, Entry>): string[] {
  const { child, expected, sandbox, json } = evidence;
  const added = newFiles(evidence, after);
  const kept = added.filter(([path]) => isRejected(path)).map(([path]) => join(sandbox.root, path));
  if (expected.keeps !== undefined && kept.length !== (expected.keeps ? 1 : 0))
    return [`I1: ${kept.length} files hold what arrived`];
  const receipts = added.filter(([path]) => isReceipt(path)).map(([, { content }]) => content.toString());
  return kept.flatMap((path) => [
    ...(expected.exit === 0 ? [`I1: ${path} is there beside a result`] : []),
    ...(child.stderr.includes(path) ? [] : [`I1: the error does not name ${path}`]),
    ...(!json || errorOf(child.stdout)?.keptAs === path ? [] : [`I1: keptAs is not ${path}`]),
    ...(receipts.every((text) => text.includes(JSON.stringify(path)))
      ? []
      : [`I1: no receipt names ${path}`]),
  ]);
}

/** I2: the store parses, everything from before is there, the files of others are unchanged. */
async function lossFaults(
  { sandbox, before, expected }: Evidence,
  after: ReadonlyMap<string, Entry>,
): Promise<string[]> {
  const faults: string[] = [];
  const store = relative(sandbox.root, sandbox.store);
  const mayWrite = expected.exit === 0;
  for (const [path, entry] of before) {
    const now = after.get(path);
    const inStore = path.startsWith(store);
    // The next run removes a part that a killed run left behind.
    if (now === undefined && !isPart(path)) faults.push(`I2: ${path} is missing`);
    if (now === undefined) continue;
    const isMarked = expected.exit === 4 && isMarkedRefused(entry, now);
    if (now.sha256 !== entry.sha256 && !(inStore ? mayWrite || isMarked : isOurs(path)))
      faults.push(`I2: ${path} has changed`);
  }
  for (const [path, entry] of after) {
    if (!path.startsWith(`${store}/`)) continue;
    if (!isRecord(entry)) faults.push(`I2: ${path} is not a credential`);
    if (!mayWrite && !before.has(path)) faults.push(`I2: ${path} was stored although the run failed`);
  }
  const others = [...before].filter(([path, { content }]) => path.startsWith(store) && isOther(content));
  for (const [path, entry] of others) {
    if (after.get(path)?.sha256 !== entry.sha256) faults.push(`I2: another service's ${path} has changed`);
  }
  if (!sandbox.hasOwnModel && (await stat(sandbox.model.path)).size !== sandbox.model.bytes)
    faults.push('I2: the model has changed');
  return [...faults, ...storedFaults(sandbox, expected, after)];
}

/** The same credential, and when the service refused it. */
function isMarkedRefused(before: Entry, now: Entry): boolean {
  const { refusedAt, ...others } = parsed(now.content.toString()) ?? {};
  return typeof refusedAt === 'number' && isDeepStrictEqual(others, parsed(before.content.toString()));
}

/** Settings and caches are written by many commands. */
const isOurs = (path: string) => /\/bimservice\/(config\.json$|cache\/)/.test(path);

const isOther = (content: Buffer) => content.includes('other.example') || content.includes('client-0');

function isRecord({ content }: Entry): boolean {
  const fields = parsed(content.toString());
  return fields !== null && (fields.kind === 'token' || fields.kind === 'registration');
}

function storedFaults(
  sandbox: Sandbox,
  { stored }: Expectation,
  after: ReadonlyMap<string, Entry>,
): string[] {
  if (stored === undefined) return [];
  const kind = sandbox.phase === 'register' ? 'registration' : 'token';
  const records = [...after.values()]
    .filter(({ content }) => !isOther(content) && content.length > 0)
    .map(({ content }) => parsed(content.toString()))
    .filter((record) => record?.kind === kind);
  const [record] = records;
  if (records.length !== 1 || !record) return [`I2: ${records.length} records of kind ${kind}`];
  return Object.entries(stored)
    .filter(([name, value]) => !fits(record[name], value))
    .map(([name]) => `I2: ${name} is stored as ${JSON.stringify(record[name])}`);
}

function fits(found: unknown, wanted: unknown): boolean {
  return typeof wanted === 'function' ? wanted(found) === true : found === wanted;
}

/** I3: no secret outside the store; the store is closed to other users. */
function leakFaults({ sandbox, child, expected }: Evidence, after: ReadonlyMap<string, Entry>): string[] {
  const store = relative(sandbox.root, sandbox.store);
  const places: [string, string | Buffer][] = [
    ['stdout', child.stdout],
    ['stderr', child.stderr],
    ['argv', child.argv.join(' ')],
    ...[...after]
      .filter(([path]) => !path.startsWith(`${store}/`))
      .map(([path, entry]): [string, Buffer] => [path, entry.content]),
  ];
  const leaks = places.flatMap(([place, text]) =>
    secretsIn(text, sandbox.secrets)
      .filter((name) => !expected.mayLeak?.includes(name))
      .map((name) => `I3: ${name} stands in ${place}`),
  );
  const open = [...after]
    .filter(([path]) => path === store || path.startsWith(`${store}/`))
    .filter(([, { kind, mode }]) => mode !== (kind === 'folder' ? 0o700 : 0o600))
    .map(([path, { mode }]) => `I3: ${path} has mode ${mode.toString(8)}`);
  return [...leaks, ...open];
}

/** I4: the exit code in the table, and in the error. */
function exitFaults({ child, expected, json }: Evidence): string[] {
  const faults: string[] = [];
  const ended = child.exit ?? child.signal;
  if (ended !== expected.exit) faults.push(`I4: exit ${ended}, not ${expected.exit}`);
  if (!json || isUnread(expected, 'stdout')) return faults;
  const error = errorOf(child.stdout);
  const code = error?.code ?? null;
  if (code !== expected.errorCode) faults.push(`I4: error code ${String(code)}, not ${expected.errorCode}`);
  if (error !== null && error.exitCode !== expected.exit)
    faults.push(`I4: exitCode ${String(error.exitCode)} in the JSON`);
  return faults;
}

/** I5: nothing is requested twice, and a token is sent only to its own origin and address. */
function requestFaults({ sandbox, expected }: Evidence): string[] {
  const { seen } = sandbox.server;
  const wanted = expected.requests ?? 1;
  const faults: string[] = [];
  const here = seen.filter(({ path }) => path === PATHS[sandbox.phase]).length;
  if (here !== wanted) faults.push(`I5: ${here} requests at ${PATHS[sandbox.phase]} instead of ${wanted}`);
  const elsewhere = seen.length - here - (expected.besides ?? 0);
  if (elsewhere !== 0) faults.push(`I5: ${elsewhere} requests elsewhere`);
  if (sandbox.other.seen.length > 0)
    faults.push(`I5: ${sandbox.other.seen.length} requests at another origin`);
  for (const { method, path, head } of seen) {
    const names = secretsIn(head, sandbox.secrets).filter(
      (name) => name !== 'accessToken' || path !== PATHS.upload,
    );
    if (names.length > 0) faults.push(`I5: the head of ${method} ${path} holds ${names.join(', ')}`);
  }
  const isSent = sandbox.phase === 'upload' && expected.exit === 0 && expected.readsWhole !== false;
  if (isSent && seen.at(-1)?.bodySha256 !== sandbox.model.sha256)
    faults.push('I5: the service did not get the whole model');
  return faults;
}

/** I6: the run ends in time, and no process or file is left over. */
function remainsFaults({ sandbox, child, expected }: Evidence, after: ReadonlyMap<string, Entry>): string[] {
  const faults: string[] = [];
  const took = child.endedAt - sandbox.server.lastActAt;
  if (child.hung) faults.push('I6: the process hung and was killed');
  else if (took > DETECTION_MS) faults.push(`I6: ended only ${took} ms after the fault`);
  if (child.leftProcesses) faults.push('I6: a process is still running');
  const tmp = `${relative(sandbox.root, sandbox.tmp)}/`;
  const { signalledAt } = sandbox;
  const tookSignal = signalledAt === null ? 0 : child.endedAt - signalledAt;
  if (tookSignal > DETECTION_MS) faults.push(`I6: ended only ${tookSignal} ms after the signal`);
  for (const path of after.keys()) {
    if (expected.leavesPart && isPart(path)) continue;
    if (path.startsWith(tmp) || /\.(part|draft|lock|tmp)$/.test(path) || path.includes('.tmp-'))
      faults.push(`I6: ${path} is left over`);
  }
  return faults;
}

/** I7: one readable error line that says where, what, and what to do next. */
function messageFaults({ sandbox, child, expected }: Evidence): string[] {
  if (isUnread(expected, 'stderr')) return [];
  const stderr = expected.mayDraw ? withoutCursorMoves(child.stderr) : child.stderr;
  const faults: string[] = [];
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(stderr)) faults.push('I7: a raw control character');
  // Output of Node because of NODE_DEBUG is not checked.
  const isOurs = expected.mayLeak === undefined;
  if (isOurs && /^\s+at .*[:(]|node:internal|undefined|\[object /m.test(stderr))
    faults.push('I7: a stack trace');
  const lines = stderr.split('\n');
  const at = lines.findIndex((line) => line.startsWith('error: '));
  const errors = lines.filter((line) => line.startsWith('error: ')).length;
  if (expected.exit === 0 && errors > 0) faults.push('I7: an error line on success');
  if (expected.exit !== 0) {
    const line = lines[at] ?? '';
    if (errors !== 1) faults.push(`I7: ${errors} error lines`);
    if (line.length > 500) faults.push(`I7: the error is ${line.length} characters long`);
    if ((expected.place ?? true) && !line.includes(sandbox.server.host) && !line.includes(SERVICE_ID))
      faults.push('I7: the error does not say where');
    const advice = lines[at + 1] ?? '';
    if ((expected.hint ?? true) && !/^ {2}\S/.test(advice))
      faults.push('I7: the error does not say what to do');
  }
  for (const words of expected.mentions ?? []) {
    const said = typeof words === 'string' ? stderr.includes(words) : words.test(stderr);
    if (!said) faults.push(`I7: it does not say ${String(words)}`);
  }
  return faults;
}

/** I8: stdout holds the output and nothing else. */
function stdoutFaults({ sandbox, child, expected, json }: Evidence): string[] {
  const { stdout } = child;
  if (isUnread(expected, 'stdout')) return [];
  const wantedPath = savedAs(expected);
  if (json) {
    const isOneLine = stdout.endsWith('\n') && stdout.indexOf('\n') === stdout.length - 1;
    const document = isOneLine ? parsed(stdout) : null;
    if (document === null) return [`I8: stdout is not one JSON document: ${stdout}`];
    const path = textAt(document.output, 'path');
    const isRight = typeof wantedPath !== 'string' || path === join(sandbox.work, wantedPath);
    return isRight || sandbox.phase !== 'upload' ? [] : [`I8: the path on stdout is ${String(path)}`];
  }
  if (sandbox.phase === 'list' && expected.exit === 0)
    return stdout.includes(SERVICE_ID) ? [] : ['I8: stdout does not hold the list'];
  const path = join(sandbox.work, typeof wantedPath === 'string' ? wantedPath : 'report');
  const wanted = sandbox.phase === 'upload' && expected.exit === 0 && wantedPath !== null ? path : '';
  const isGood = wanted === '' ? stdout === '' : stdout.startsWith(wanted) && stdout.split('\n').length === 2;
  return isGood ? [] : [`I8: stdout is ${JSON.stringify(stdout)}`];
}

/** I9: the outcome of the model, in the output and in the receipt. */
function outcomeFaults(evidence: Evidence, after: ReadonlyMap<string, Entry>): string[] {
  const { child, expected, sandbox, json } = evidence;
  if (sandbox.phase !== 'upload' || expected.outcome === undefined) return [];
  const faults: string[] = [];
  const said = json && !isUnread(expected, 'stdout') ? parsed(child.stdout)?.outcome : expected.outcome;
  if (said !== expected.outcome) faults.push(`I9: outcome ${String(said)}, not ${expected.outcome}`);
  const receipts = newFiles(evidence, after)
    .filter(([path]) => isReceipt(path))
    .filter(([, entry]) => !isOthers(sandbox, entry));
  const wanted = expected.receipts ?? (expected.outcome === 'not-sent' ? 0 : 1);
  if (receipts.length !== wanted) faults.push(`I9: ${receipts.length} receipts instead of ${wanted}`);
  for (const [path, { content }] of receipts) {
    const outcome = parsed(content.toString())?.outcome;
    if (outcome !== expected.outcome) faults.push(`I9: ${path} says ${String(outcome)}`);
  }
  return faults;
}

/** True for a receipt of another run in the same folder. */
function isOthers({ otherResults }: Sandbox, { content }: Entry): boolean {
  const hash = textAt(parsed(content.toString())?.output, 'sha256');
  return hash !== null && otherResults.has(hash);
}

const isUnread = ({ unread = [], exit }: Expectation, stream: 'stdout' | 'stderr') =>
  unread.includes(stream) || exit === 'SIGKILL';

/** The meaning of `Expectation.savedAs`; undefined: there is a result, with any name. */
function savedAs({ savedAs: path, exit }: Expectation): string | null | undefined {
  return path === undefined && exit !== 0 ? null : path;
}

/** ora hides and shows the cursor, moves to a column or a line up, and clears. */
function withoutCursorMoves(text: string): string {
  return text.replace(/\u001b\[(\?(?:25|2026)[hl]|\d*[AGJK])/g, '');
}

function textAt(value: unknown, name: string): string | null {
  const fields: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const found = fields[name];
  return typeof found === 'string' ? found : null;
}

function errorOf(stdout: string): Record<string, unknown> | null {
  const error = parsed(stdout)?.error;
  return typeof error === 'object' && error !== null ? { ...error } : null;
}

/** A JSON object's members, or null. */
function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
