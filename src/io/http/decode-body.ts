// Removes content codings: we request `identity`, but a proxy may compress anyway (RFC 9110 8.4).
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { BimServiceError } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** The body without its content coding. An incomplete or damaged coding is an error (CASES B130), an unknown one too. */
export function decodeBody(
  body: Readable,
  coding: string | undefined,
  host: string,
): AsyncIterable<Uint8Array> {
  const name = coding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const decoder = decoderFor(name);
  if (decoder === null) {
    throw new BimServiceError(
      'result-unexpected',
      `${host} responded in the content coding '${cleanText(name, 40)}', which was not requested`,
      {
        hint: 'Nothing was kept. Inform the provider; a proxy in between may also be the cause.',
        phase: 'download',
        outcome: 'done',
      },
    );
  }
  pipeline(body, decoder, () => {});
  return decoder;
}

function decoderFor(name: string) {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return null;
  }
}
