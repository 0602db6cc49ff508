// An address without the secrets that some carry: user information, and parameters such as `?token=`.

/** Names of parameters that hold a secret, also those of signed addresses of storage services. */
const SECRET_NAME =
  /^(?:(?:access|refresh|id|auth|api|private|job|bearer)?[_-]?token|(?:api|access|subscription|private)?[_-]?key|(?:client)?[_-]?secret|pass(?:word|wd|phrase)?|pwd|sig|signature|jwt|sas|auth|authorization|credentials?|code|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential))$/i;

/** `text` as it is when it is no http(s) address, or one without a secret. */
export function publicAddress(text: string): string {
  if (!/^(?:https?|wss?):\/\//i.test(text) || !/[@?]/.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  const secret = [...url.searchParams.keys()].filter((name) => SECRET_NAME.test(name));
  if (url.username === '' && url.password === '' && secret.length === 0) return text;
  url.username = '';
  url.password = '';
  for (const name of secret) url.searchParams.delete(name);
  return url.href;
}
