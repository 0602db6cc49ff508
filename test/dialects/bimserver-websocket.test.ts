// A websocket of a BIMserver that says nothing: because of the token, or because it is swallowed on the way (PROTOCOL 1.7, 1.12).
import { describe, expect, test } from 'vitest';
import { SOID } from '../support/bimserver-options.js';
import { bimserverWorkspace } from '../support/bimserver-workspace.js';
import { Person } from '../support/browser-double.js';
import type { RunOverrides } from '../support/cli.js';
import { readJsonObject } from '../support/json.js';
import { against, fake } from '../support/peer-meta.js';

const ID = 'ifc-validator';

against({ ...fake('BIMserver'), ran: 'a silent websocket (1.7, 1.12)' });

const at = bimserverWorkspace(ID);
const { run } = at;

/** Long enough to be remembered, short enough for a test. */
const SLOW = { limits: { greetingMs: 1200 } };

const invoke = async (argv: readonly string[] = [], overrides: RunOverrides = SLOW) => {
  const done = await run(['invoke', ID, 'model.ifc', '--json', '--force', ...argv], overrides);
  return { ...done, line: JSON.parse(done.stdout) };
};

const authorize = async () => {
  await using person = new Person();
  expect(await run(['authorize', ID], { browser: person })).toMatchObject({ code: 0 });
};

/** The methods of the JSON API that were called. */
const asked = () =>
  at.server.server.callsTo('json').map(({ body }) => {
    const request = readJsonObject(body.toString())?.request;
    return Object.values(request ?? {})[1];
  });

describe('a token that the server does not know', () => {
  test('is refused at once, before the model is sent: the JSON API is asked', async () => {
    await authorize();
    at.server.options = { tokensExpired: true };
    // The websocket would be waited for longer than any test.
    const done = await invoke([], { limits: { greetingMs: 600_000 } });
    expect(done).toMatchObject({ code: 4, line: { outcome: 'not-sent', error: { code: 'token-refused' } } });
    expect(done.line.error.hint).toContain(`bimservice authorize ${ID}`);
    expect(asked()).toEqual(['getInternalServiceById']);
    expect(at.server.server.callsTo('invoke')).toHaveLength(0);
  });

  test('a token without the number of a configuration is asked for as a token', async () => {
    expect(await run(['token', ID, '--set', '-'], { stdin: 'unknown' })).toMatchObject({ code: 0 });
    const done = await invoke([], { limits: { greetingMs: 600_000 } });
    expect(done).toMatchObject({ code: 4, line: { error: { code: 'token-refused' } } });
    expect(asked()).toEqual(['isLoggedIn']);
  });

  test.each([{ noApi: true }, { apiSilent: true }])('%j: the run decides, as without it', async (options) => {
    await authorize();
    at.server.options = { tokensExpired: true, ...options };
    const done = await invoke();
    expect(done).toMatchObject({ code: 4, line: { error: { code: 'token-refused' } } });
    expect(done.stderr).toContain('waiting for the websocket of 127.0.0.1');
    // It may have been the token: nothing is remembered.
    at.server.options = {};
    await authorize();
    expect(await invoke()).toMatchObject({ code: 0 });
    expect(at.server.stream.heard.filter((text) => text === 'token')).toHaveLength(2);
  });
});

test('a configuration that the user has deleted: exit 4, also with --allow-empty', async () => {
  await authorize();
  at.server.options = { configurationGone: true };
  for (const flow of ['sync', 'auto', 'async']) {
    const done = await invoke(['--allow-empty', '--flow', flow]);
    const outcome = flow === 'sync' ? 'unknown' : 'not-sent';
    expect(done).toMatchObject({
      code: 4,
      line: { outcome, output: null, error: { code: 'token-refused' } },
    });
  }
  expect(at.server.server.callsTo('invoke')).toHaveLength(1);
});

describe('a websocket that is swallowed on the way', () => {
  test('costs its time once, and a line says what is waited for', async () => {
    await authorize();
    at.server.options = { stream: 'silent-upgrade' };
    const first = await invoke();
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain('waiting for the websocket of 127.0.0.1');
    // A second attempt would end the test by its time.
    const second = await invoke([], { limits: { greetingMs: 600_000 } });
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain('--flow async');
    const [, run] = at.server.server.callsTo('invoke');
    expect(run?.rawHeaders.join()).toContain('Accept-Flow,SYNC');
  });

  test('--flow async tries it, and a success counts for the next runs', async () => {
    await authorize();
    at.server.options = { stream: 'silent-upgrade' };
    await invoke();
    at.server.options = {};
    expect(await invoke(['--flow', 'async'])).toMatchObject({ code: 0 });
    expect(await invoke()).toMatchObject({ code: 0 });
    expect(at.server.stream.opened).toBe(2);
  });

  test('a day later it is tried again', async () => {
    await authorize();
    at.server.options = { stream: 'silent-upgrade' };
    await invoke();
    at.server.options = {};
    expect(await invoke([], { clockShiftMs: 25 * 3_600_000 })).toMatchObject({ code: 0 });
    expect(at.server.stream.opened).toBe(1);
  });

  test('a websocket that is refused at once costs nothing, and is not remembered', async () => {
    await authorize();
    at.server.options = { stream: 'absent' };
    await invoke();
    at.server.options = {};
    await invoke();
    expect(at.server.stream.opened).toBe(1);
  });
});

test('a good token costs no time: the websocket may be first', async () => {
  await authorize();
  at.server.options = { apiSilent: true };
  const done = await invoke();
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(done.line.service.resourceUrl).toContain(SOID);
});
