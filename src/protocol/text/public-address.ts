// An address without the secrets that some carry: user information, and parameters such as `?token=`.

import { isSecretParameter } from './secret-parameter.js';

/** `text` as it is when it is no http(s) address, or one without a secret. */
export function publicAddress(text: string): string {
  if (!/^(?:https?|wss?):\/\//i.test(text) || !/[@?]/.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  const secret = [...url.searchParams.keys()].filter(isSecretParameter);
  if (url.username === '' && url.password === '' && secret.length === 0) return text;
  url.username = '';
  url.password = '';
  for (const name of secret) url.searchParams.delete(name);
  return url.href;
}
