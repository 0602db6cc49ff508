// Shows a planned request to a person: the request without its secret, and a curl command that sends the same.

import { type PlannedRequest, shownHeaders } from '../../core/invocation/plan-request.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { visibleText } from '../../protocol/text/json-output.js';
import { publicAddress } from '../../protocol/text/public-address.js';

/** Headers that curl adds itself, or that come from the environment. */
const NOT_FOR_CURL = [
  'Authorization',
  'Token',
  'Content-Length',
  'Transfer-Encoding',
  'Accept',
  'Accept-Encoding',
];

/** The document of `--dry-run --json`. */
export function dryRunDocument(plan: PlannedRequest): object {
  const { url, model, inputType } = plan;
  return {
    dryRun: true,
    method: 'POST',
    url,
    headers: shownHeaders(plan),
    input: { path: model.path, bytes: model.length, type: inputType },
  };
}

/** `fields`: the fields of the form, as typed. */
export function dryRunLines(
  plan: PlannedRequest,
  { multipart }: Pick<Service, 'multipart'>,
  fields: readonly string[],
): string[] {
  const { url, model } = plan;
  const headers = shownHeaders(plan);
  const body =
    multipart === undefined
      ? [`--data-binary ${quoted(`@${visibleText(model.path)}`)}`]
      : [...fields, `${multipart.modelField}=@${model.path}`].map(
          (field) => `--form ${quoted(visibleText(field))}`,
        );
  return [
    `POST ${publicAddress(url)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${cleanText(value)}`),
    '',
    curlLine(plan, headers, body),
  ];
}

/** The token comes from the environment, so that the command can be shared. */
function curlLine(
  { url, token, sendAs }: PlannedRequest,
  headers: Record<string, string>,
  body: readonly string[],
): string {
  // curl makes its own boundary.
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
    quoted(publicAddress(url)),
  ];
  return parts.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
