// `invoke --dry-run`: the request as it would be sent, without its secret, and a curl line that does the same.
import type { Context } from '../context.js';
import type { Prepared } from '../core/prepare-invocation.js';
import { type InvocationHeaders, invocationHeaders } from '../protocol/invocation.js';
import { cleanText } from '../protocol/text.js';

export async function dryRun(
  context: Context,
  prepared: Prepared,
  wanted: Pick<InvocationHeaders, 'outputType' | 'contextId' | 'flow'>,
): Promise<void> {
  const { model, token, inputType, url, sendAs } = prepared;
  const hidden = { Authorization: 'Bearer [secret]', Token: '[secret]' };
  const headers = {
    ...invocationHeaders({ token, inputType, sendAs, ...wanted }),
    ...(token === null ? {} : { [sendAs]: hidden[sendAs] }),
    ...(model.length === null
      ? { 'Transfer-Encoding': 'chunked' }
      : { 'Content-Length': String(model.length) }),
  };
  if (context.json)
    return context.printJson({
      dryRun: true,
      method: 'POST',
      url,
      headers,
      input: { path: model.path, bytes: model.length, type: inputType },
    });
  const lines = [
    `POST ${url}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${cleanText(value)}`),
    '',
    curlLine(prepared, headers),
  ];
  await context.print(`${lines.join('\n')}\n`);
}

/** The token comes from the environment, so that the line can be shared. */
function curlLine({ model, url, token, sendAs }: Prepared, headers: Record<string, string>): string {
  const sent = Object.entries(headers).filter(
    ([name]) =>
      ![
        'Authorization',
        'Token',
        'Content-Length',
        'Transfer-Encoding',
        'Accept',
        'Accept-Encoding',
      ].includes(name),
  );
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = [
    'curl --fail-with-body --remote-name --remote-header-name',
    ...(token === null
      ? []
      : [`-H "${sendAs === 'Token' ? 'Token:' : 'Authorization: Bearer'} $BIMSERVICE_TOKEN"`]),
    ...sent.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-binary ${quoted(`@${model.path}`)}`,
    quoted(url),
  ];
  return parts.join(' \\\n  ');
}
