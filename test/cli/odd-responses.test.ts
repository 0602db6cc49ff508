// Responses that services really sent, each for a kind, through the built program: what counts, what is kept, what the messages are.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bcfZip, zipWithoutBcf } from '../support/fixtures.js';
import { OpenService } from '../support/open-service.js';
import type { PlannedResponse } from '../support/strict-server.js';

const BCF = await bcfZip({ version: '2.1', topics: [{ title: 'A clash' }] });
const ZIP_TYPE = ['Content-Type', 'application/zip'] as const;
const NAMED_BCF = ['Content-Disposition', 'attachment; filename="r.bcf"'] as const;

/** Runs the built program against one response of a service that lists BCF 2.1. */
async function invoke(response: PlannedResponse, more: readonly string[] = []) {
  await using at = await OpenService.start(response, { outputs: ['BCF_ZIP_2_1'] });
  const options = ['-r', 'list.json', '-o', 'out/', '--json', ...more];
  const { code, stdout, stderr } = await at.workspace.spawn(['invoke', 'check', 'model.ifc', ...options]);
  const folder = join(at.workspace.folder, 'out');
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.endsWith('.run.json'));
  const files = new Map<string, Buffer>();
  for (const name of names) files.set(name, await readFile(join(folder, name)));
  return { code, stderr, files, line: JSON.parse(stdout) };
}

const typed = (type: string, body: string): PlannedResponse => ({
  status: 200,
  headers: [['Content-Type', type]],
  body,
});

describe('a response with status 200 that is an error keeps its words and its bytes', () => {
  test.each<[string, PlannedResponse, string]>([
    [
      'an error as JSON under Output-Type BCF',
      {
        status: 200,
        headers: [['Output-Type', 'BCF_ZIP_2_1']],
        body: '{"code":5,"message":"No deserializer found"}',
      },
      'No deserializer found',
    ],
    [
      'an error as XML under the name of a BCF',
      {
        status: 200,
        headers: [ZIP_TYPE, NAMED_BCF],
        body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
      },
      'Access Denied',
    ],
    [
      'a fatal error of PHP',
      typed('text/html', 'Fatal error: Allowed memory size of 9 bytes exhausted in /srv/a.php on line 88'),
      'Allowed memory size',
    ],
    ['a piece of HTML', typed('text/html', '<h1>Access denied</h1>'), 'Access denied'],
    ['error in JSON', typed('application/json', '{"error":"quota exceeded","status":429}'), 'quota exceeded'],
    [
      'a problem (RFC 9457)',
      typed('application/problem+json', '{"title":"Unprocessable","status":422,"detail":"No IfcProject"}'),
      'No IfcProject',
    ],
  ])('%s', async (_, response, words) => {
    const { code, files, line } = await invoke(response);
    expect(code).toBe(6);
    expect(line.error).toMatchObject({ code: 'service-failed', message: expect.stringContaining(words) });
    expect([...files.keys()]).toEqual([expect.stringMatching(/\.rejected$/)]);
    expect([...files.values()][0]?.toString()).toBe(response.body);
  });
});

test('202 with a ticket: no result yet, and the address of the job is shown', async () => {
  const { code, line, files } = await invoke({
    status: 202,
    headers: [
      ['Content-Type', 'application/json'],
      ['Location', '/jobs/1'],
    ],
    body: '{"id":"1","status":"queued"}',
  });
  expect(code).toBe(9);
  expect(line).toMatchObject({ outcome: 'unknown', output: null, error: { code: 'accepted' } });
  expect(line.error.hint).toContain('/jobs/1');
  expect([...files.values()].map(String)).toEqual(['{"id":"1","status":"queued"}']);
});

test('Retry-After is shown in words and in JSON', async () => {
  const { code, line } = await invoke({ status: 429, headers: [['Retry-After', '120']], body: 'slow down' });
  expect(code).toBe(6);
  expect(line.error).toMatchObject({
    retryAfterSeconds: 120,
    hint: expect.stringContaining('asks to wait 2 minutes'),
  });
});

test('a zip archive without BCF under the name of one is kept, and is no result', async () => {
  const body = await zipWithoutBcf();
  const { code, line, files } = await invoke({ status: 200, headers: [ZIP_TYPE, NAMED_BCF], body });
  expect(code).toBe(8);
  expect(line.error.code).toBe('result-unexpected');
  expect(files).toEqual(new Map([['r.bcf.rejected', body]]));
});

describe('a good BCF in an odd response is saved clean', () => {
  test.each<[string, PlannedResponse, RegExp]>([
    [
      'a line end after it',
      { status: 200, headers: [ZIP_TYPE, NAMED_BCF], body: Buffer.concat([BCF, Buffer.from('\n')]) },
      /^warning: .*1 byte/m,
    ],
    [
      'Content-Encoding: UTF-8',
      { status: 200, headers: [ZIP_TYPE, NAMED_BCF, ['Content-Encoding', 'UTF-8']], body: BCF },
      /^warning: .*'utf-8'.*taken as it is/m,
    ],
    [
      'a name without extension',
      { status: 200, headers: [['Content-Disposition', 'attachment; filename=r']], body: BCF },
      /saved as r\.bcf/,
    ],
  ])('%s', async (_, response, words) => {
    const { code, stderr, files } = await invoke(response);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(words);
    expect(files).toEqual(new Map([['r.bcf', BCF]]));
  });
});

test.each<[string, PlannedResponse]>([
  ['announced', { status: 200, headers: [NAMED_BCF], body: BCF }],
  ['coded', { status: 200, headers: [NAMED_BCF, ['Content-Encoding', 'gzip']], body: gzipSync(BCF) }],
])('a result larger than --max-result is refused, %s; one of that size is taken', async (_, response) => {
  const refused = await invoke(response, ['--max-result', String(BCF.length - 1)]);
  expect(refused.code).toBe(8);
  expect(refused.line.error).toMatchObject({
    message: expect.stringContaining('--max-result'),
    hint: expect.stringContaining('--max-result'),
  });
  expect([...refused.files.keys()].filter((name) => !name.endsWith('.rejected'))).toEqual([]);
  const taken = await invoke(response, ['--max-result', String(BCF.length)]);
  expect(taken.code, taken.stderr).toBe(0);
  expect(taken.files).toEqual(new Map([['r.bcf', BCF]]));
});

test('a decompression bomb is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000, ' '));
  const { code, line, files } = await invoke({
    status: 200,
    headers: [NAMED_BCF, ['Content-Encoding', 'gzip']],
    body: bomb,
  });
  expect(code).toBe(8);
  expect(line.error).toMatchObject({
    code: 'result-unexpected',
    message: expect.stringContaining('250 times'),
  });
  expect([...files.keys()].filter((name) => !name.endsWith('.rejected'))).toEqual([]);
});
