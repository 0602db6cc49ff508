// The consent page: who requests access, for what, and where the result goes.

import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import type { ResponseContent } from '../http/http.js';
import { isLoopbackHost } from '../http/loopback.js';
import { pageResponse } from './page.js';

export interface ServiceWords {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export interface ConsentPage {
  /** The form's one-time token. */
  readonly consent: string;
  readonly clientName: string;
  /** One: it is named; several: the person selects one. */
  readonly services: readonly ServiceWords[];
  /** The id of the service that is selected already; null: none. */
  readonly selected: string | null;
  /** Empty: the result is shown on our own page. */
  readonly redirectUri: string;
  /** The lifetime of the token, in words. */
  readonly life: string;
  /** Null: no one has to log in. */
  readonly login: { readonly name: string; readonly fault: string | null } | null;
}

/** Enter presses the first button. Who has typed a password wants to go on; who has typed nothing must choose. */
function answers(hasLogin: boolean): string[] {
  const deny = '<button name="decision" value="deny" formnovalidate>Deny</button>';
  const allow = '<button name="decision" value="allow">Allow</button>';
  return hasLogin ? [allow, deny] : [deny, allow];
}

/** The page for the person: who requests access, for what, and where the result goes. */
export function consentPage(page: ConsentPage): ResponseContent {
  const target = page.redirectUri === '' ? null : new URL(page.redirectUri);
  const [only, ...others] = page.services;
  const named = only !== undefined && others.length === 0 ? only : undefined;
  const client = escapeMarkup(page.clientName);
  const title =
    named === undefined ? `Let ${client} use a service?` : `Let ${client} use ${escapeMarkup(named.name)}?`;
  const body = `<h1>${title}</h1>
<form method="post" action="/oauth/authorize">
<input type="hidden" name="consent" value="${escapeMarkup(page.consent)}">
<dl>
<div><dt>Who asks</dt><dd>${client}<small>It calls itself so; the name has not been checked.</small></dd></div>
${named === undefined ? '' : `<div><dt>For what</dt><dd>${words(named)}</dd></div>`}
<div><dt>What it may do</dt><dd>Send models to the service and read the results, for ${page.life}.</dd></div>
<div><dt>Where the result goes</dt><dd>${destination(target)}</dd></div>
</dl>
${named === undefined ? choice(page) : ''}${login(page.login)}<div class="answers">
${answers(page.login !== null).join('\n')}
</div>
</form>`;
  const formTarget = target === null ? '' : formTargetOf(target);
  return pageResponse({ status: page.login?.fault == null ? 200 : 403, title, body, formTarget });
}

function destination(target: URL | null): string {
  if (target === null) return 'Onto the next page<small>You copy it into the program.</small>';
  return `${escapeMarkup(target.host)}<small>${whereIs(target)}</small>`;
}

function whereIs({ hostname, protocol }: URL): string {
  if (isLoopbackHost(hostname)) return 'A program on this computer.';
  return protocol === 'https:'
    ? 'Another computer.'
    : 'Another computer, over a connection without encryption.';
}

function login(asked: ConsentPage['login']): string {
  if (asked === null) return '';
  const fault =
    asked.fault === null ? '' : `<p class="fault" role="alert">${escapeMarkup(asked.fault)}</p>\n`;
  return `${fault}<label class="field">Your name here<input type="text" name="user" value="${escapeMarkup(asked.name)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"></label>
<label class="field">Password<input type="password" name="password" autocomplete="current-password" maxlength="1024"></label>
`;
}

function words(service: ServiceWords): string {
  return `${escapeMarkup(service.name)}<small>${escapeMarkup(service.description)}</small>`;
}

function choice({ services, selected }: ConsentPage): string {
  const options = services.map(
    (service) =>
      `<label><input type="radio" name="service" value="${escapeMarkup(service.id)}" required${service.id === selected ? ' checked' : ''}><span>${words(service)}</span></label>`,
  );
  return `<fieldset><legend>For what</legend>\n${options.join('\n')}\n</fieldset>\n`;
}

/**
 * Browsers also apply `form-action` to the redirect after a form, so the client's address must be in it. The grammar of
 * CSP has no IPv6 addresses; for those only the scheme is named.
 */
function formTargetOf(target: URL): string {
  return target.hostname.startsWith('[') ? target.protocol : target.origin;
}
