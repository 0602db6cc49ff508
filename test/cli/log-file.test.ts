// `--log-file` and `-v`: what a run did, with times, and without secrets.
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';
import { OpenService } from '../support/open-service.js';

const HEADERS = [
  ['Set-Cookie', 'session=abcdef; HttpOnly'],
  ['X-Server', 'one'],
] as const;
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[\d+\]`;

test('the log has every line with its time, also with -q, and a second run adds to it', async () => {
  await using at = await OpenService.start((call) =>
    call === 1
      ? { status: 200, headers: HEADERS, body: 'fine' }
      : { status: 500, body: 'the disk of the service is full' },
  );
  const logged = ['--log-file', 'run.log'];
  const quiet = await at.invoke(['model.ifc', '-q', ...logged]);
  expect(quiet).toMatchObject({ code: 0, stderr: '' });
  const path = join(at.workspace.folder, 'run.log');
  const first = await readFile(path, 'utf8');
  for (const line of first.trimEnd().split('\n')) expect(line).toMatch(new RegExp(`^${TIME} \\S`));
  expect(first).toMatch(/\] bimservice 0\.0\.0-test, /);
  expect(first).toMatch(/\] POST http:\/\/127\.0\.0\.1:\d+\/run \{.*"Input-Type":"IFC_STEP_4"/);
  expect(first).toMatch(/\] 200 \{.*"X-Server":"one"/);
  expect(first).toContain('"Set-Cookie":"[secret]"');
  expect(first).toMatch(/\] model\.ifc: done \(/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);

  const failed = await at.invoke(['model.ifc', '--force', ...logged]);
  expect(failed.code).toBe(6);
  const both = await readFile(path, 'utf8');
  expect(both.startsWith(first)).toBe(true);
  expect(both.match(/\] error: .*the disk of the service is full/g)).toHaveLength(1);
});

test('-v shows the time of each line, and the header fields', async () => {
  await using at = await OpenService.start({ status: 200, headers: HEADERS, body: 'fine' });
  const { code, stderr } = await at.invoke(['model.ifc', '-v'], {
    env: { BIMSERVICE_TOKEN: 'never-sent-1' },
  });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^\d\d:\d\d:\d\d\.\d{3} POST http:\S+ \{.*"Accept":"\*\/\*"/m);
  expect(stderr).toMatch(/^\d\d:\d\d:\d\d\.\d{3} 200 \{.*"Set-Cookie":"\[secret\]"/m);
});

test('an error of a command is in the log, with its causes', async () => {
  await using workspace = await Workspace.create();
  const { code } = await workspace.run(['list', '-r', 'none.json', '--log-file', 'run.log']);
  expect(code).toBe(3);
  const log = await readFile(join(workspace.folder, 'run.log'), 'utf8');
  expect(log).toMatch(/\] error: .*none\.json/);
  expect(log).toMatch(/\] {3}caused by: /);
});

test('the error of each result and of each model of a watch is in the log', async () => {
  await using at = await OpenService.start({ status: 500, body: 'the disk of the service is full' });
  const logged = ['--log-file', join(at.workspace.folder, 'run.log')];
  await at.workspace.run(['bcf', 'one.bcf', 'two.bcf', ...logged]);
  await at.workspace.run(['watch', 'check', '.', '--once', '-r', 'list.json', '-o', 'results', ...logged]);
  const log = await readFile(join(at.workspace.folder, 'run.log'), 'utf8');
  expect(log).toMatch(/\] error: .*one\.bcf/);
  expect(log).toMatch(/\] error: .*two\.bcf/);
  expect(log).toMatch(/error: .*the disk of the service is full/);
});

test('a log file that cannot be written ends the run before it begins, with words', async () => {
  await using workspace = await Workspace.create();
  await mkdir(join(workspace.folder, 'logs'));
  const { code, stderr } = await workspace.run(['list', '--log-file', 'logs']);
  expect(code).toBe(7);
  expect(stderr).toMatch(/the log file cannot be written: .*logs \(it is a folder, EISDIR\)/);
  expect(stderr).toContain('--log-file');
});
