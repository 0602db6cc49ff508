// The credentials of one service as one opaque string, for a pipeline that acts for the person who authorized it.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { BimServiceError } from '../../errors.js';
import type { Secret } from '../../secret.js';

/** Records as texts, under the keys of the store. */
export interface CredentialBundle {
  /** The id under which the service was exported. */
  service: string;
  /** A list with the one service, as it was read (not checked); absent in lines of earlier versions. */
  list?: unknown;
  records: Record<string, string>;
}

const PLAIN = 'bimservice-credentials.1.';
const ENCRYPTED = 'bimservice-credentials.2e.';

// The first choice of OWASP's password storage cheat sheet for scrypt: N = 2^17, r = 8, p = 1, about 128 MiB and 0.4 s.
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
/** Lines of version 1e were made with half of that; they are read, not made. */
const FIRST_COST = { ...COST, N: 2 ** 16 };
/** NIST SP 800-63B-4 3.1.1.2: a password that is the only factor has 15 characters or more. */
const SHORTEST_PASSPHRASE = 15;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
/** With a fixed length no shorter tag is accepted. */
const TAG = { authTagLength: TAG_BYTES };

/** The bundle as one line. With a passphrase: scrypt and AES-256-GCM, `salt | nonce | tag | text`, base64url. */
export async function writeBundle(bundle: CredentialBundle, passphrase: Secret | null): Promise<string> {
  const text = Buffer.from(JSON.stringify(bundle));
  if (passphrase === null) return PLAIN + text.toString('base64url');
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, await keyOf(passphrase, salt, COST), nonce, TAG);
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return ENCRYPTED + Buffer.concat([salt, nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** True for a bundle that requires a passphrase. */
export function isEncrypted(line: Secret): boolean {
  return /^bimservice-credentials\.\de\./.test(line.reveal());
}

/** Reads a line of `writeBundle`. Throws `usage`: not a bundle, from a newer version, damaged, or a wrong passphrase. */
export async function readBundle(line: Secret, passphrase: Secret | null): Promise<CredentialBundle> {
  const form = /^bimservice-credentials\.(\w+)\.([\w-]+)$/.exec(line.reveal().trim());
  if (form === null) throw notABundle('this is not what bimservice token SERVICE --export prints');
  const [, version, body = ''] = form;
  if (version !== '1' && version !== '1e' && version !== '2e')
    throw notABundle('these credentials are from a newer bimservice');
  // With a passphrase set, only encrypted credentials are accepted: an unencrypted line may come from someone else.
  if (version === '1' && passphrase !== null)
    throw notABundle('a passphrase is set, but these credentials are not encrypted');
  const bytes = Buffer.from(body, 'base64url');
  const cost = version === '1e' ? FIRST_COST : COST;
  const bundle = parse(version === '1' ? bytes : await decrypt(bytes, passphrase, cost));
  if (bundle === null) throw notABundle('these credentials are damaged');
  return bundle;
}

async function decrypt(bytes: Buffer, passphrase: Secret | null, cost: typeof COST): Promise<Buffer> {
  if (passphrase === null) {
    throw new BimServiceError('input-needed', 'these credentials are encrypted', {
      hint: 'Put the passphrase into BIMSERVICE_PASSPHRASE.',
    });
  }
  const [salt, rest] = [bytes.subarray(0, SALT_BYTES), bytes.subarray(SALT_BYTES)];
  const [nonce, sealed] = [rest.subarray(0, NONCE_BYTES), rest.subarray(NONCE_BYTES)];
  try {
    const decipher = createDecipheriv(CIPHER, await keyOf(passphrase, salt, cost), nonce, TAG);
    decipher.setAuthTag(sealed.subarray(0, TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw notABundle(
      'these credentials cannot be decrypted: the passphrase is wrong, or they are damaged',
      error,
    );
  }
}

/** Throws `usage` for a passphrase that is too short for a new export. A line that exists keeps the one it has. */
export function checkPassphrase(passphrase: Secret): void {
  if ([...passphrase.reveal()].length >= SHORTEST_PASSPHRASE) return;
  throw new BimServiceError(
    'usage',
    `the passphrase is too short: use ${SHORTEST_PASSPHRASE} characters or more`,
    {
      hint: 'Five random words are long enough and easy to type.',
    },
  );
}

function keyOf(passphrase: Secret, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt);
  return derive(passphrase.reveal(), salt, 32, cost);
}

function parse(text: Buffer): CredentialBundle | null {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('service' in value) || !('records' in value))
    return null;
  const { service, records } = value;
  if (typeof service !== 'string' || typeof records !== 'object' || records === null) return null;
  const texts = Object.entries(records).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const list = 'list' in value ? { list: value.list } : {};
  return { service, ...list, records: Object.fromEntries(texts) };
}

function notABundle(words: string, cause?: unknown): BimServiceError {
  return new BimServiceError('usage', words, {
    hint: 'Make new ones where the service is authorized: bimservice token SERVICE --export',
    cause,
  });
}
