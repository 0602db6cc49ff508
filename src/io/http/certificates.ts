// Certificates to trust in addition to the default ones (CASES B101).
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { BimServiceError } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { readLocalFile } from '../files/read-input.js';
import { systemReason } from '../files/system-reason.js';

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The PEM certificates for TLS: Node's own, and those in the two files. Node ignores NODE_EXTRA_CA_CERTS when it gets a
 * list of certificates, so with `--ca-file` that file is read again here. Throws BimServiceError `usage` for an unusable
 * `--ca-file`.
 */
export async function trustedCertificates(caFile: string, extraFile: string | undefined): Promise<string[]> {
  // Node itself warns when this file cannot be read.
  const extra = extraFile ? await textOf(extraFile).catch(() => '') : '';
  return [...rootCertificates, ...pemsOf(extra).filter(isCertificate), ...(await readCertificates(caFile))];
}

async function readCertificates(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await textOf(path);
  } catch (error) {
    throw new BimServiceError(
      'usage',
      `--ca-file ${cleanText(path)} cannot be read (${systemReason(error, path)})`,
      { hint: 'Give the path of a PEM file with the certificate of the authority.', cause: error },
    );
  }
  const found = pemsOf(text);
  if (found.length === 0) {
    throw new BimServiceError('usage', `--ca-file ${cleanText(path)} holds no PEM certificate`, {
      hint: 'A PEM file has a line -----BEGIN CERTIFICATE-----; convert others with: openssl x509 -inform der -in FILE -out FILE.pem',
    });
  }
  const damaged = found.findIndex((pem) => !isCertificate(pem));
  if (damaged === -1) return found;
  throw new BimServiceError(
    'usage',
    `--ca-file ${cleanText(path)} is damaged: its certificate ${damaged + 1} of ${found.length} cannot be read`,
    { hint: 'Export the certificate again, as PEM (Base64).' },
  );
}

const textOf = async (path: string): Promise<string> =>
  Buffer.from(await readLocalFile(path)).toString('utf8');

const pemsOf = (text: string): string[] => text.match(PEM) ?? [];

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
