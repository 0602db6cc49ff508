// `watch` as the built program: each revision runs once, whatever a writer does, and whatever happens to service and program.
import { open, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FINE, revision, WatchWorkspace } from '../support/watching.js';

/** Longer than the settle time of these watches. */
const STILL_MS = 700;

describe.each([
  ['with events', ['--every', '1h']],
  ['only by looking', ['--no-events']],
])('a writer that copies slowly, renames, deletes, rewrites and restores, %s', (_, more) => {
  test('each revision runs once, and latest is the last one', async () => {
    await using at = await WatchWorkspace.create();
    await using watch = at.watch(...more);
    await watch.waitForText(/Watching models/);
    await sleep(STILL_MS);

    const large = revision(1, 50_000_000);
    const file = await open(at.path('models/house.ifc'), 'w');
    for (let from = 0; from < large.length; from += 2_000_000) {
      await file.write(large.subarray(from, from + 2_000_000));
      // Longer than the settle time in the middle: the end mark decides.
      await sleep(from === 24_000_000 ? STILL_MS : 20);
    }
    await file.close();
    await watch.waitForText(/house\.ifc: done/);
    expect(at.runs.map((model) => model.length)).toEqual([large.length]);

    await rename(at.path('models/house.ifc'), at.path('moved.ifc'));
    await sleep(STILL_MS);
    await rename(at.path('moved.ifc'), at.path('models/house.ifc'));
    await sleep(STILL_MS);
    await rm(at.path('models/house.ifc'));
    await at.save('house.ifc', revision(2));
    await watch.waitForText(/house\.ifc: done[\s\S]*house\.ifc: done/);

    await writeFile(at.path('models/house.ifc'), revision(2));
    await watch.waitForText(/house\.ifc: the content is as before/);
    await at.save('house.ifc', Buffer.from(revision(2).toString().replace('2024-01-01', '2026-11-27')));
    await watch.waitForText(/the content is as before[\s\S]*the content is as before/);
    await at.save('house.ifc', large);
    const back = await watch.waitForText(/that of an earlier revision; latest is (\S+)/);
    expect(at.runs).toHaveLength(2);
    expect(`house/${await readlink(at.path('results/house/latest'))}`).toBe(back);

    watch.interrupt();
    const { code, stdout } = await watch.end();
    expect(code).toBe(130);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });
});

test('killed in the middle of a run: the next start says so, repeats that run, and nothing else', async () => {
  await using at = await WatchWorkspace.create();
  await at.save('a.ifc', revision(1));
  await using first = at.watch();
  await first.waitForText(/a\.ifc: done/);
  at.respond = () => {};
  await at.save('b.ifc', revision(2));
  await first.waitForText(/b\.ifc: service is working/);
  first.kill();
  await first.end();
  at.respond = FINE;
  await using second = at.watch('--once');
  const { code, stdout, stderr } = await second.end();
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/b\.ifc was being sent when the last watch ended: it is sent again/);
  expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/results\/b\/[^/]+\/report\.txt$/)]);
  expect(at.runs).toHaveLength(3);
  await using third = at.watch('--once');
  expect(await third.end()).toMatchObject({ code: 0, stdout: '' });
  expect(at.runs).toHaveLength(3);
  const left = await readdir(at.path('results'), { recursive: true });
  expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('Ctrl-C ends the run in hand: exit 130, nothing half written, and the next watch repeats it', async () => {
  await using at = await WatchWorkspace.create();
  at.respond = (response) => response.writeHead(200, { 'Content-Length': '1000' }).write('a part');
  await at.save('a.ifc', revision(1));
  await using first = at.watch();
  await first.waitForText(/a\.ifc: receiving/);
  first.interrupt();
  const { code, stderr } = await first.end();
  expect(code, stderr).toBe(130);
  expect(stderr).toMatch(/a\.ifc: error: interrupted/);
  const names = await readdir(at.path('results/a'), { recursive: true });
  expect(names.filter((name) => name.includes('.part') || name === 'latest')).toEqual([]);
  at.respond = FINE;
  await using second = at.watch('--once');
  expect(await second.end()).toMatchObject({ code: 0 });
  expect(at.runs).toHaveLength(2);
});

test('a service that is down: longer pauses, each one said; then only the newest revision runs', async () => {
  await using at = await WatchWorkspace.create();
  await at.stop();
  await at.save('a.ifc', revision(1));
  await using watch = at.watch();
  await watch.waitForText(/Next try in 2 seconds \(1 model waiting\)[\s\S]*Next try in 4 seconds/);
  await at.save('a.ifc', revision(2));
  await watch.waitForText(/a new revision \(\w+\); the one that waited is not run/);
  await at.serve();
  await watch.waitForText(/The service responds again/);
  await watch.waitForText(/a\.ifc: done/);
  expect(at.runs.map(String)).toEqual([String(revision(2))]);
});

test('a token that ends: it says what to type, and goes on when there is a token', async () => {
  await using at = await WatchWorkspace.create();
  const oauth = {
    registerUrl: `${at.origin}/r`,
    authorizationUrl: `${at.origin}/a`,
    tokenUrl: `${at.origin}/t`,
  };
  const entry = { name: 'Check', resourceUrl: `${at.origin}/run`, oauth };
  await writeFile(at.path('list.json'), JSON.stringify([entry]));
  const setToken = (stdin: string) =>
    at.workspace.run(['token', 'check', '-r', 'list.json', '--set', '-'], { stdin });
  expect(await setToken('old')).toMatchObject({ code: 0 });
  at.respond = (response, model, request) => {
    if (request.headers.authorization === 'Bearer new') FINE(response, model, request);
    else response.writeHead(401).end();
  };
  await at.save('a.ifc', revision(1));
  await using watch = at.watch();
  await watch.waitForText(/bimservice authorize check[\s\S]*Next try as soon as there is a token/);
  expect(await setToken('new')).toMatchObject({ code: 0 });
  await watch.waitForText(/There is a token again/);
  await watch.waitForText(/a\.ifc: done/);
  expect(
    await readFile(at.path(`results/a/${await readlink(at.path('results/a/latest'))}/report.txt`), 'utf8'),
  ).toBe('fine');
});
