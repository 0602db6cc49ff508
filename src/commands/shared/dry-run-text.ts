// Shows a planned request to a person: the request without its secret, and a curl command that sends the same.

import type { PlannedPost } from '../../library/invoke/plan.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { visibleText } from '../../protocol/text/json-output.js';
import { publicAddress } from '../../protocol/text/public-address.js';
import { inSingleQuotes } from '../../protocol/text/shell-word.js';

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
export function dryRunDocument(plan: PlannedPost): object {
  const { url, headers, input } = plan;
  return { dryRun: true, method: 'POST', url, headers, input };
}

/** `fields`: the fields of the form, as typed. */
export function dryRunLines(
  plan: PlannedPost,
  { multipart }: Pick<Service, 'multipart'>,
  fields: readonly string[],
): string[] {
  const { url, headers, input } = plan;
  const body =
    multipart === undefined
      ? [`--data-binary ${inSingleQuotes(`@${visibleText(input.path)}`)}`]
      : [...fields, `${multipart.modelField}=@${input.path}`].map(
          (field) => `--form ${inSingleQuotes(visibleText(field))}`,
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
  { url, tokenIn }: PlannedPost,
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
    ...(tokenIn === null
      ? []
      : [`-H "${tokenIn === 'Token' ? 'Token:' : 'Authorization: Bearer'} $BIMSERVICE_TOKEN"`]),
    ...sent.map(([name, value]) => `-H ${inSingleQuotes(`${name}: ${value}`)}`),
    ...body,
    inSingleQuotes(publicAddress(url)),
  ];
  return parts.join(' \\\n  ');
}
