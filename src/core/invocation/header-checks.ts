// Checks values before they are sent as headers, because an HTTP library only throws.
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { isHeaderValue } from '../../protocol/text/headers.js';

/** Throws `usage` when the value of an option cannot be a header value. */
export function checkHeaderOption(option: string, value: string | null): void {
  if (value === null || isHeaderValue(value)) return;
  throw new BimServiceError('usage', `${option} ${quoted(value)} cannot be sent: a header cannot carry it`, {
    hint: 'Use ASCII characters, without line breaks.',
  });
}

/** `named`: the type that the person named. Throws `repository-invalid` when the spelling in the list cannot be sent. */
export function checkInputType(inputType: string, service: Service, named: string | null): void {
  if (isHeaderValue(inputType)) return;
  if (named === inputType) checkHeaderOption('--input-type', named);
  throw new BimServiceError(
    'repository-invalid',
    `${service.id} lists the input type ${quoted(inputType)}, which a header cannot carry (${cleanText(service.repository)})`,
    { hint: 'Correct the list, or ask the provider to.' },
  );
}

/** The text with its line breaks as `\n`, so that a person sees them. */
function quoted(value: string): string {
  return `'${cleanText(JSON.stringify(value).slice(1, -1), 60)}'`;
}
