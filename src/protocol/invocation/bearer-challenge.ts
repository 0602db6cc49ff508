// What a resource says about a refused token: the Bearer challenge of `WWW-Authenticate` (RFC 6750 3).
import { cleanText } from '../text/clean-text.js';

export interface BearerChallenge {
  /** `invalid_token`, `insufficient_scope` or another name; null when the challenge has none. */
  error: string | null;
  /** The scope that the request needs; cleaned. */
  scope: string | null;
}

/** Null when the header is absent or has only challenges of other schemes. */
export function readBearerChallenge(header: string | null): BearerChallenge | null {
  const start = header?.search(/(?:^|[,\s])bearer(?:\s|,|$)/i) ?? -1;
  if (header === null || start === -1) return null;
  const challenge = header.slice(start, start + 2000);
  return { error: parameter(challenge, 'error'), scope: parameter(challenge, 'scope') };
}

const PARAMETERS = {
  error: /[\s,]error\s?=\s?(?:"([^"]{0,300})"|([\w.:/-]{1,300}))/i,
  scope: /[\s,]scope\s?=\s?(?:"([^"]{0,300})"|([\w.:/-]{1,300}))/i,
};

/** A value is a token or a quoted string (RFC 9110 11.2); escapes do not occur in the values that are read here. */
function parameter(challenge: string, name: keyof typeof PARAMETERS): string | null {
  const found = PARAMETERS[name].exec(challenge);
  return cleanText(found?.[1] ?? found?.[2] ?? '', 120) || null;
}
