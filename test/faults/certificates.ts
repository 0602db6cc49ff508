// Makes certificates at test time: one that the client trusts, a self-signed one, and one for another host.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The texts of the PEM files. */
export interface Certificate {
  key: string;
  cert: string;
}

export interface Certificates extends AsyncDisposable {
  /** For 127.0.0.1, and in `caFile`. */
  good: Certificate;
  /** For 127.0.0.1, but not in any list of trusted certificates. */
  selfSigned: Certificate;
  /** In `caFile`, but for `other.example`. */
  wrongHost: Certificate;
  /** For `--ca-file`. */
  caFile: string;
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'bimservice-certificates-'));
  const [good, selfSigned, wrongHost] = await Promise.all([
    make(folder, 'good', 'IP:127.0.0.1'),
    make(folder, 'self-signed', 'IP:127.0.0.1'),
    make(folder, 'wrong-host', 'DNS:other.example'),
  ]);
  const caFile = join(folder, 'trusted.pem');
  await writeFile(caFile, good.cert + wrongHost.cert);
  return {
    good,
    selfSigned,
    wrongHost,
    caFile,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function make(folder: string, name: string, subjectAltName: string): Promise<Certificate> {
  const key = join(folder, `${name}.key`);
  const cert = join(folder, `${name}.pem`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${subjectAltName}`, '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert]);
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}
