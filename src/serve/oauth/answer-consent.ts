// Handles the person's click on the consent page, and passes the outcome to the client by a redirect or a page to copy from.

import type { ResponseContent } from '../http/http.js';
import { codePage, tokenPage } from '../pages/code-page.js';
import {
  type AuthorizeContext,
  readBrowser,
  redirect,
  refusePage,
  showConsent,
  withParameters,
} from './authorize.js';
import type { Client } from './clients.js';
import { dialectOf } from './dialect.js';
import type { AuthorizationRequest } from './grants.js';
import { type Parameters, readParameters } from './parameters.js';
import { userKey } from './users.js';

export interface ConsentForm {
  readonly body: string;
  readonly cookie: string | undefined;
  /** The address of the browser, for the limit of logins. */
  readonly from: string;
}

/**
 * Handles the form of the consent page. A form that was not shown to this browser, or that was submitted before, gets a 403
 * page (CASES B161); a wrong password gets the form again.
 */
export async function answerConsent(form: ConsentForm, context: AuthorizeContext): Promise<ResponseContent> {
  const fields = readParameters(new URLSearchParams(form.body));
  const browser = readBrowser(form.cookie);
  const consent = fields.get('consent');
  const request =
    browser === undefined || consent === undefined
      ? undefined
      : await context.grants.takeConsent(consent, browser);
  const client = request === undefined ? undefined : await context.clients.find(request.clientId);
  if (browser === undefined || request === undefined || client === undefined) {
    throw refusePage(
      403,
      'This form is no longer good',
      'It was answered before, is over ten minutes old, or came from elsewhere; cookies must be allowed. Start again in the program that sent you here.',
    );
  }
  if (fields.get('decision') !== 'allow') {
    context.log({ event: 'denied', client: client.name });
    return deny(request, client);
  }
  const login = await logIn(fields, form.from, context);
  if ('fault' in login) {
    context.log({ event: 'login-refused', client: client.name });
    const serviceId = fields.get('service') ?? null;
    return showConsent(request, client, browser, context, { ...login, serviceId });
  }
  const service = context.services().get(request.serviceId ?? fields.get('service') ?? '');
  if (service === undefined) {
    throw refusePage(400, 'No service was selected', 'Start again in the program that sent you here.');
  }
  context.log({ event: 'allowed', client: client.name, service: service.name });
  return grant({ request, client, serviceId: service.id, user: login.user }, context);
}

type Login = { readonly user: string | null } | { readonly name: string; readonly fault: string };

async function logIn(
  fields: Parameters,
  from: string,
  { users, mayLogIn, loggedIn }: AuthorizeContext,
): Promise<Login> {
  if (users === null) return { user: null };
  const name = userKey(fields.get('user') ?? '');
  if (!(await mayLogIn(from, name))) {
    return { name, fault: 'There were too many tries. Wait 15 minutes to an hour, then try again.' };
  }
  if (await users.isPassword(name, fields.get('password') ?? '')) {
    await loggedIn(from, name);
    return { user: name };
  }
  return { name, fault: 'The name or the password is not right.' };
}

function deny(request: AuthorizationRequest, client: Client): ResponseContent {
  if (dialectOf(client).consent === 'redirect') {
    return redirect(request.redirectUri, { error: 'access_denied', state: request.state ?? undefined });
  }
  return refusePage(200, 'Access was denied', 'Nothing was given away. You can close this page.').content;
}

interface Granted {
  readonly request: AuthorizationRequest;
  readonly client: Client;
  readonly serviceId: string;
  readonly user: string | null;
}

async function grant(
  { request, client, serviceId, user }: Granted,
  context: AuthorizeContext,
): Promise<ResponseContent> {
  const { consent, codeMs, websocketInRedirect } = dialectOf(client);
  if (consent === 'token-page') {
    const { token } = await context.tokens.issue({ client, serviceId, user });
    return tokenPage(client.name, token, context.resourceUrl(serviceId));
  }
  const code = await context.grants.issueCode(request, client, serviceId, user);
  const state = request.state ?? undefined;
  if (consent === 'code-page') {
    const address = withParameters(context.resourceUrl(serviceId), { code, state });
    return codePage(client.name, address, codeMs / 60_000);
  }
  const websocketUrl = websocketInRedirect ? context.websocketUrl : undefined;
  return redirect(request.redirectUri, { code, state, websocketUrl });
}
