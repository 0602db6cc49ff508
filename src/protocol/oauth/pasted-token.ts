// A token as a person or a pipeline hands it over: alone, after `Bearer`, or inside a whole token response.
import { Secret } from '../../secret.js';
import { isVisibleWord } from '../text/headers.js';
import { objectOf } from '../text/json-object.js';
import { unwrapped } from '../text/unwrap.js';

/** What to type instead, for the hint of an error. */
export const ABOUT_TOKENS =
  'Give the value of access_token alone: one word of visible ASCII characters, without "Bearer".';

/**
 * The access token in `text`; null where it holds no token. Tools print a token response as JSON or as a form (RFC 6749 5.1);
 * such a text sent as a token would only be refused by the service.
 */
export function pastedToken(text: string): Secret | null {
  const bare = unwrapped(text);
  const word = /^[{[]/.test(bare) ? inJson(bare) : (inForm(bare) ?? afterScheme(bare));
  return typeof word === 'string' && isVisibleWord(word) ? new Secret(word) : null;
}

function inJson(text: string): unknown {
  try {
    return objectOf(JSON.parse(text))?.access_token;
  } catch {
    return undefined;
  }
}

function inForm(text: string): string | null {
  return /(?:^|&)access_token=/.test(text) ? new URLSearchParams(text).get('access_token') : null;
}

function afterScheme(text: string): string {
  return unwrapped(text.replace(/^(?:authorization:\s*)?bearer\s+/i, ''));
}
