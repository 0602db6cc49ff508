// The limits on the rate of registrations, consents and logins.
import { expect, test } from 'vitest';
import { createRateLimits } from '../../../src/serve/http/limits.js';
import { Users } from '../../../src/serve/oauth/users.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';
import { type Answer, ask, authorizeUrl, countingService, FORM, registerClient, start } from './support.js';

test('more than 60 registrations a minute from one address get 429 with Retry-After', async () => {
  await using provider = await start({ limits: createRateLimits() });
  for (let count = 0; count < 60; count += 1) await registerClient(provider);
  const body = JSON.stringify({ redirect_uris: ['http://127.0.0.1/callback'] });
  const headers = { 'Content-Type': 'application/json' };
  const refused = await ask(`${provider.origin}/oauth/register`, { headers, body });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
});

const OWNER = '192.0.2.1';
/** A network of IPv6 for each number. */
const stranger = (n: number): string => `2001:db8:0:${n.toString(16)}::1`;

test('ten wrong logins from one network lock the name there, and nowhere else', async () => {
  const limits = createRateLimits();
  for (let n = 0; n < 10; n += 1) expect(await limits.login(`2001:db8::${n}`, 'anna')).toBe(true);
  expect(await limits.login('2001:db8::b', 'anna')).toBe(false);
  expect(await limits.login('2001:db8::b', 'otto')).toBe(true);
  expect(await limits.login(OWNER, 'anna')).toBe(true);
});

test('a hundred wrong logins lock the name for networks from where no one has logged in with it', async () => {
  const limits = createRateLimits();
  expect(await limits.login(OWNER, 'anna')).toBe(true);
  await limits.loggedIn(OWNER, 'anna');
  for (let n = 0; n < 100; n += 1) expect(await limits.login(stranger(n), 'anna')).toBe(true);
  expect(await limits.login(stranger(100), 'anna')).toBe(false);
  expect(await limits.login(OWNER, 'anna')).toBe(true);
  // A right login from a known network lets no others guess again.
  await limits.loggedIn(OWNER, 'anna');
  expect(await limits.login(stranger(101), 'anna')).toBe(false);
  expect(await limits.login(stranger(101), 'otto')).toBe(true);
  for (let n = 0; n < 10; n += 1) expect(await limits.login(OWNER, 'anna')).toBe(true);
  expect(await limits.login(OWNER, 'anna')).toBe(false);
});

test('right logins count for nothing, however many there are', async () => {
  const limits = createRateLimits();
  for (let n = 0; n < 120; n += 1) {
    for (const from of [OWNER, stranger(n)]) {
      expect(await limits.login(from, 'anna')).toBe(true);
      await limits.loggedIn(from, 'anna');
    }
  }
});

test('a wrong password keeps the selected service, and a right one forgets the wrong ones', async () => {
  const store = createMemoryStore(Date.now);
  const users = new Users(store, Date.now);
  await users.add('anna', 'the right password');
  const limits = createRateLimits();
  const services = [countingService('one'), countingService('two')];
  await using provider = await start({ store, users, limits, services });
  const client = await registerClient(provider);
  const page = await ask(authorizeUrl(provider, client.id));
  const submit = (shown: Answer, password: string): Promise<Answer> => {
    const consent = /name="consent" value="([\w-]+)"/.exec(shown.text)?.[1] ?? '';
    const headers = {
      'Content-Type': FORM,
      Cookie: String(shown.headers['set-cookie']?.[0]?.split(';', 1)[0]),
    };
    const fields = { consent, decision: 'allow', service: 'two', user: 'anna', password };
    return ask(`${provider.origin}/oauth/authorize`, {
      headers,
      body: new URLSearchParams(fields).toString(),
    });
  };
  expect(page.text).not.toContain('required checked');
  const again = await submit(page, 'wrong');
  expect(again.status).toBe(403);
  expect(again.text.match(/value="\w+" required checked/g)).toEqual(['value="two" required checked']);
  for (let count = 0; count < 8; count += 1) expect(await limits.login('127.0.0.1', 'anna')).toBe(true);
  expect((await submit(again, 'the right password')).status).toBe(303);
  expect(await limits.login('127.0.0.1', 'anna')).toBe(true);
});

test('after ten wrong passwords for a name from one address its right one is refused there, and others can log in', async () => {
  const store = createMemoryStore(Date.now);
  const users = new Users(store, Date.now);
  await users.add('anna', 'the right password');
  await users.add('otto', 'the password of otto');
  const limits = createRateLimits();
  await using provider = await start({ store, users, limits });
  const client = await registerClient(provider);
  const logIn = async (user: string, password: string): Promise<Answer> => {
    const page = await ask(authorizeUrl(provider, client.id));
    const consent = /name="consent" value="([\w-]+)"/.exec(page.text)?.[1] ?? '';
    return ask(`${provider.origin}/oauth/authorize`, {
      headers: {
        'Content-Type': FORM,
        Cookie: String(page.headers['set-cookie']?.[0]?.split(';', 1)[0]),
      },
      body: new URLSearchParams({ consent, decision: 'allow', service: 'count', user, password }).toString(),
    });
  };
  expect((await logIn('anna', 'wrong')).text).toContain('The name or the password is not right.');
  // A password takes a third of a second to check, so eight of the tries only count.
  for (let count = 0; count < 8; count += 1) expect(await limits.login('127.0.0.1', 'anna')).toBe(true);
  expect((await logIn('anna', 'wrong')).text).toContain('The name or the password is not right.');
  expect((await logIn('anna', 'the right password')).text).toContain('There were too many tries.');
  expect((await logIn('otto', 'the password of otto')).status).toBe(303);
});
