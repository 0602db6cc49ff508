// Which parameters of an address can hold a secret: the only list of their names.

/** Words that name a secret wherever they are in a name: `X-Amz-Signature`, `client_secret`, `sessionToken`. */
const SECRET_WORD = /token(?!s$)|secret|passw(?:or)?d|passphrase|credential|signature|api[_-]?key/i;

/** Names that hold a secret only as a whole or at the end; `author`, `monkey` and `country_code` hold none. */
const SECRET_NAME =
  /^(?:code|jwt|pass|pwd|sas|(?:(?:access|account|auth|private|shared|subscription)?[_-]?)key)$|(?:^|[_-])sig$|auth(?:orization)?(?:[_-]?code)?$/i;

/** True for the name of a parameter whose value may not be shown. */
export function isSecretParameter(name: string): boolean {
  return SECRET_WORD.test(name) || SECRET_NAME.test(name);
}
