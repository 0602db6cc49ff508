// The people who may give consent.
import { expect, test } from 'vitest';
import { Users } from '../../../src/serve/oauth/users.js';
import { createMemoryStore } from '../../../src/serve/store/memory.js';

test('a name with an accent is the same in both ways to type it, and so is the password', async () => {
  const users = new Users(createMemoryStore(Date.now), Date.now);
  const name = 'J\u00e9r\u00f4me';
  expect(await users.add(name.normalize('NFD'), 'mot de passe \u00e9')).toBe(true);
  expect(await users.add(name.normalize('NFC'), 'another')).toBe(false);
  expect((await users.list()).map((user) => user.name)).toEqual([name.normalize('NFC')]);
  expect(await users.isPassword(name.normalize('NFC'), 'mot de passe e\u0301')).toBe(true);
  expect(await users.remove(name.normalize('NFD'))).toBe(true);
});
