// `invoke --dry-run`: the request as it would be sent, without its secret, and a curl line that does the same.
import type { Context } from '../context.js';
import type { Prepared } from '../core/invocation/prepare-invocation.js';
import { invocationHeaders } from '../protocol/invocation/invocation.js';
import type { Service } from '../protocol/repository/service.js';
import { cleanText } from '../protocol/text/clean-text.js';
import type { WireOptions } from './shared/wire-options.js';

/** What curl says by itself, or has from the environment. */
const NOT_FOR_CURL = [
  'Authorization',
  'Token',
  'Content-Length',
  'Transfer-Encoding',
  'Accept',
  'Accept-Encoding',
];

export async function dryRun(
  context: Context,
  service: Service,
  prepared: Prepared,
  wire: WireOptions,
  fields: readonly string[],
): Promise<void> {
  const { model, token, inputType, url, sendAs, streamUrl } = prepared;
  const { outputType, contextId, form } = wire;
  const flow = wire.flow !== 'sync' && streamUrl !== null ? 'ASYNC_WS,SYNC' : wire.acceptFlow;
  const formType = form?.contentType ?? null;
  const length = form === null ? model.length : form.length;
  const hidden = { Authorization: 'Bearer [secret]', Token: '[secret]' };
  const headers = {
    ...invocationHeaders({ token, inputType, sendAs, outputType, contextId, flow, formType }),
    ...(token === null ? {} : { [sendAs]: hidden[sendAs] }),
    ...(length === null ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(length) }),
  };
  if (context.json)
    return context.printJson({
      dryRun: true,
      method: 'POST',
      url,
      headers,
      input: { path: model.path, bytes: model.length, type: inputType },
    });
  const { multipart } = service;
  const body =
    multipart === undefined
      ? [`--data-binary ${quoted(`@${model.path}`)}`]
      : [...fields, `${multipart.modelField}=@${model.path}`].map((field) => `--form ${quoted(field)}`);
  const lines = [
    `POST ${url}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${cleanText(value)}`),
    '',
    curlLine(prepared, headers, body),
  ];
  await context.print(`${lines.join('\n')}\n`);
}

/** The token comes from the environment, so that the line can be shared. */
function curlLine(
  { url, token, sendAs }: Prepared,
  headers: Record<string, string>,
  body: readonly string[],
): string {
  // curl makes a boundary of its own.
  const isForm = headers['Content-Type']?.startsWith('multipart/');
  const sent = Object.entries(headers).filter(
    ([name]) => !NOT_FOR_CURL.includes(name) && !(isForm && name === 'Content-Type'),
  );
  const parts = [
    'curl --fail-with-body --remote-name --remote-header-name',
    ...(token === null
      ? []
      : [`-H "${sendAs === 'Token' ? 'Token:' : 'Authorization: Bearer'} $BIMSERVICE_TOKEN"`]),
    ...sent.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...body,
    quoted(url),
  ];
  return parts.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
