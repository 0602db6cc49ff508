// A test certificate authority, made with openssl: whole chains, and server certificates with each kind of fault.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Identity {
  /** Paths of PEM files; `cert` contains only the certificate. */
  readonly keyFile: string;
  readonly certFile: string;
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** subjectAltName in the spelling of openssl: `DNS:service.test,IP:127.0.0.1`. */
  names: string;
  /** `YYYYMMDDhhmmssZ`. */
  from?: string;
  until?: string;
}

const CONFIG = (folder: string) => `
[ca]
default_ca = own
[own]
dir = ${folder}
database = ${folder}/index.txt
new_certs_dir = ${folder}
serial = ${folder}/serial
default_md = sha256
default_days = 30
unique_subject = no
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
`;

/** A certificate authority. Its files are in a folder of its own. */
export class Authority implements Identity {
  readonly folder: string;
  readonly keyFile: string;
  readonly certFile: string;
  readonly key: string;
  readonly cert: string;

  private constructor(folder: string, { keyFile, certFile, key, cert }: Identity) {
    this.folder = folder;
    this.keyFile = keyFile;
    this.certFile = certFile;
    this.key = key;
    this.cert = cert;
  }

  /** Requires `openssl` on the PATH. */
  static async root(parent: string): Promise<Authority> {
    const folder = await newFolder(parent);
    const identity = await selfSigned(folder, 'Test Root', 'basicConstraints=critical,CA:TRUE');
    return new Authority(folder, identity);
  }

  /** An intermediate authority below this one. */
  async intermediate(): Promise<Authority> {
    const folder = await newFolder(this.folder);
    return new Authority(
      folder,
      await this.#sign(folder, 'Test Intermediate', 'basicConstraints=critical,CA:TRUE'),
    );
  }

  /** The certificate of a server. */
  async issue({ names, from, until }: CertificateOptions): Promise<Identity> {
    const folder = await newFolder(this.folder);
    const dates = [...(from ? ['-startdate', from] : []), ...(until ? ['-enddate', until] : [])];
    return this.#sign(folder, 'Test Server', `subjectAltName=${names}`, dates);
  }

  async #sign(folder: string, subject: string, extension: string, dates: string[] = []): Promise<Identity> {
    const files = {
      key: join(folder, 'key.pem'),
      request: join(folder, 'request.pem'),
      cert: join(folder, 'cert.pem'),
    };
    const extensions = join(folder, 'extensions.cnf');
    await writeFile(extensions, `${extension}\n`);
    const config = join(this.folder, 'ca.cnf');
    await run('openssl', [
      ...[
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-config',
        config,
      ],
      ...['-keyout', files.key, '-out', files.request, '-subj', `/CN=${subject}`],
    ]);
    await run('openssl', [
      ...['ca', '-batch', '-notext', '-config', config, '-cert', this.certFile, '-keyfile', this.keyFile],
      ...['-in', files.request, '-out', files.cert, '-extfile', extensions, ...dates],
    ]);
    return identity(files.key, files.cert);
  }
}

/** A self-signed certificate. */
export async function selfSigned(parent: string, subject: string, extension: string): Promise<Identity> {
  const folder = await newFolder(parent);
  const config = join(folder, 'ca.cnf');
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
    ...['-config', config, '-keyout', key, '-out', cert, '-subj', `/CN=${subject}`, '-addext', extension],
  ]);
  return identity(key, cert);
}

async function newFolder(parent: string): Promise<string> {
  const folder = join(parent, randomUUID());
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'ca.cnf'), CONFIG(folder));
  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(join(folder, 'serial'), '1000\n');
  return folder;
}

async function identity(keyFile: string, certFile: string): Promise<Identity> {
  return { keyFile, certFile, key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') };
}
