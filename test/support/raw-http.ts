// Sends one HTTP request with exactly the given headers, and returns the response unchanged: no redirects, no decoding.

import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { header } from './strict-server.js';

export interface RawReply {
  status: number;
  rawHeaders: string[];
  /** The value of a header, or undefined. */
  header(name: string): string | undefined;
  body: Buffer;
  text: string;
}

/** POST when there is a body, otherwise GET. `chunked` sends the body without a length. */
export async function rawRequest(
  url: string,
  options: {
    method?: string;
    headers?: Readonly<Record<string, string>>;
    body?: string | Uint8Array;
    chunked?: boolean;
  } = {},
): Promise<RawReply> {
  const { body, chunked = false } = options;
  const method = options.method ?? (body === undefined ? 'GET' : 'POST');
  const length = body === undefined || chunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent: false, headers: { ...length, ...options.headers } });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const { rawHeaders } = response;
      buffer(response).then(
        (bytes) =>
          resolve({
            status: response.statusCode ?? 0,
            rawHeaders,
            header: (name) => header({ rawHeaders }, name),
            body: bytes,
            text: bytes.toString(),
          }),
        reject,
      );
    });
    if (chunked) outgoing.write(body);
    outgoing.end(chunked ? undefined : body);
  });
}

/** Like `rawRequest`, with a JSON or form body and its exact Content-Type. */
export const postJson = (url: string, value: unknown): Promise<RawReply> =>
  rawRequest(url, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });

export const postForm = (url: string, fields: Readonly<Record<string, string>>): Promise<RawReply> =>
  rawRequest(url, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
