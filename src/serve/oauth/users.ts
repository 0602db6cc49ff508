// The people who may give a consent, when the provider has logins. Passwords are stored as scrypt hashes.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readMembers } from '../store/members.js';
import type { ServerStore } from '../store/port.js';

/** OWASP's recommendation for scrypt: N = 2^17, r = 8, p = 1, which takes 128 MiB and a third of a second. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;
const KEY_BYTES = 32;

/** The allowed form of a user name. */
export function isUserName(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u.test(name);
}

/** Two ways to type the same accented letter are the same name (RFC 8265 3.3.2). */
export function userKey(name: string): string {
  return name.normalize('NFC');
}

export class Users {
  #checks: Promise<unknown> = Promise.resolve();
  /** A hash without a password, for names that do not exist. */
  readonly #noOne = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

  constructor(
    private readonly store: ServerStore,
    private readonly now: () => number,
  ) {}

  /** False when the name already exists. */
  async add(name: string, password: string): Promise<boolean> {
    const user = { hash: await hashPassword(password), addedAt: this.now() };
    return this.store.create('user', userKey(name), user, null);
  }

  /** Its tokens end with it. False when there is no user with that name. */
  remove(name: string): Promise<boolean> {
    return this.store.remove('user', userKey(name));
  }

  async list(): Promise<Array<{ name: string; addedAt: number }>> {
    return (await this.store.list('user'))
      .map(({ key, value }) => ({ name: key, addedAt: Number(readMembers(value).addedAt) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Takes equally long for a name that does not exist. Only one check at a time, because each takes 128 MiB. */
  async isPassword(name: string, password: string): Promise<boolean> {
    const { hash } = readMembers((await this.store.get('user', userKey(name)))?.value);
    const check = this.#checks.then(() => fits(typeof hash === 'string' ? hash : this.#noOne, password));
    this.#checks = check.catch(() => {});
    return check;
  }
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

async function fits(hash: string, password: string): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = hash.split('$');
  const stored = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: COST.maxmem };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return stored.length === derived.length && timingSafeEqual(stored, derived);
}

function derive(
  password: string,
  salt: Buffer,
  cost: { N: number; r: number; p: number; maxmem: number },
): Promise<Buffer> {
  // Two ways to type the same accented letter are the same password (RFC 8265 4.2.2).
  const text = password.normalize('NFC');
  return new Promise((resolve, reject) => {
    scrypt(text, salt, KEY_BYTES, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
