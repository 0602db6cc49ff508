// Certificates to trust beside the usual ones (CASES B101).
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { BimServiceError, systemErrorCode } from '../errors.js';
import { cleanText } from '../protocol/text.js';

/**
 * The PEM certificates for TLS, or undefined for Node's own default. Node drops NODE_EXTRA_CA_CERTS once a list of
 * one's own is given, so with `--ca-file` that file is read again here.
 */
export async function trustedCertificates(
  caFile: string | undefined,
  extraFile: string | undefined,
): Promise<string[] | undefined> {
  if (caFile === undefined) return undefined;
  const extra = extraFile ? await readFile(extraFile, 'utf8').catch(() => '') : '';
  return [...rootCertificates, extra, await readCertificates(caFile)].filter((pem) => pem !== '');
}

async function readCertificates(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new BimServiceError(
      'usage',
      `--ca-file ${cleanText(path)} cannot be read (${systemErrorCode(error)})`,
      { cause: error },
    );
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new BimServiceError('usage', `--ca-file ${cleanText(path)} holds no PEM certificate`, {
    hint: 'A PEM file has a line -----BEGIN CERTIFICATE-----; convert others with: openssl x509 -inform der -in FILE -out FILE.pem',
  });
}
