// Step 2: a person's consent in the browser, received by a listener on this machine and exchanged for a token at once.
import { deadline } from '../../deadline.js';
import { BimServiceError } from '../../errors.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import {
  authorizationUrl,
  isOurState,
  makeState,
  type PastedResponse,
  pkceChallenge,
  readCallback,
  readPasted,
  repeatsParameter,
} from '../../protocol/oauth/authorization.js';
import type { Service } from '../../protocol/repository/service.js';
import { Secret } from '../../secret.js';
import type { AccessToken, Registration } from '../ports/credentials.js';
import type { Browser, CallbackListener, CallbackPageText, OpenListener } from '../ports/login.js';
import { confirmed, knownPort } from './known-client.js';
import type { TokenPorts } from './obtain-token.js';
import { redeem, UnknownClient } from './redeem.js';
import {
  type ClientOptions,
  callbackPath,
  endpointsOf,
  goodRegistrations,
  portOf,
  type RegisterPorts,
  registerAt,
} from './register.js';
import { rememberClient } from './remember-client.js';
import { StrayCallbacks } from './stray-callbacks.js';

type OnStray = Parameters<OpenListener>[0]['onStray'];

export interface AuthorizePorts extends RegisterPorts, TokenPorts {
  /** Null: the person opens the address (`--no-browser`). */
  browser: Browser | null;
  /** Asks for the pasted response (`--paste`); null: only the listener waits. */
  askPasted: ((signal: AbortSignal) => Promise<string>) | null;
  /** Called with the address of the consent page, before it is opened. */
  onAddress?: (url: string) => void;
}

export interface AuthorizeInput {
  service: Service;
  client: ClientOptions;
  /** Fixed by `--port`: a busy port is then an error, and no other port is used. */
  port: number | null;
  /** How long the person may take, in ms. */
  waitMs: number;
}

/**
 * Registers if needed, lets the person consent, obtains the token and stores it.
 * Throws `access-denied`, `consent-timeout`, `port-busy`, `token-refused` and the errors of registration and network.
 */
export async function authorize(
  input: AuthorizeInput,
  ports: AuthorizePorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  try {
    return await login(input, false, ports, signal);
  } catch (error) {
    if (!(error instanceof UnknownClient)) throw error;
    ports.reporter.warn(
      'the server no longer knows this installation: registering again; please give your consent a second time',
    );
    return login(input, true, ports, signal);
  }
}

async function login(
  input: AuthorizeInput,
  again: boolean,
  ports: AuthorizePorts,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { service } = input;
  const endpoints = endpointsOf(service);
  using strays = new StrayCallbacks(ports.reporter);
  const onStray: OnStray = (reason, parameters) => strays.add(reason, parameters);
  const { listener, registration, isNew } = await listen({ ...input, again, onStray }, ports, signal);
  await using _ = listener;
  const nonce = ports.random.token(32);
  const codeVerifier = new Secret(ports.random.token(32));
  const url = authorizationUrl({
    endpoint: endpoints.authorizationUrl,
    clientId: registration.clientId,
    redirectUri: registration.redirectUri,
    state: makeState(service.name, nonce),
    codeChallenge: pkceChallenge(codeVerifier),
    scope: service.scope ?? null,
  });
  using limit = deadline(signal, input.waitMs, tooLate(service, input.waitMs));
  try {
    // Without a browser the person needs the address, so it is printed even with --quiet.
    const print = ports.browser === null ? ports.reporter.instruct : ports.reporter.info;
    print(`Open this address to give your consent:\n\n  ${url.href}\n`);
    ports.onAddress?.(url.href);
    // Not awaited: the opener may be slow, and the response may arrive before it is done.
    using opened = endOfUse(limit.signal);
    const noBrowser = withoutBrowser(url.href, service, ports, opened.signal);
    const { response, show } = await consent(listener, nonce, noBrowser, ports, limit.signal);
    opened[Symbol.dispose]();
    try {
      const token = await redeem(response, { service, registration, isNew, codeVerifier }, ports, signal);
      show('authorized');
      return token;
    } catch (error) {
      const isDenied = response.kind === 'error' && response.error === 'access_denied';
      show(isDenied ? 'denied' : 'failed');
      throw error;
    }
  } catch (error) {
    if (limit.passed && !isNew && !dialectOf(service).confirmsClients) {
      await rememberClient(endpoints, { ...registration, doubtful: true }, ports, signal);
    }
    throw error;
  }
}

/** Binds before anything is opened. When a registered port is in use, registers once again (CASES B001, B025, B026). */
async function listen(
  input: AuthorizeInput & { again: boolean; onStray: OnStray },
  ports: AuthorizePorts,
  signal: AbortSignal,
): Promise<{ listener: CallbackListener; registration: Registration; isNew: boolean }> {
  const endpoints = endpointsOf(input.service);
  const path = callbackPath(endpoints);
  const { again, onStray } = input;
  const bind = (port: number) => ports.openListener({ port, path, service: input.service.id, onStray });
  await using _ = await ports.store.lockRegistration(endpoints, signal);
  const known = async (listener: CallbackListener, registration: Registration) => {
    try {
      return { listener, ...(await confirmed(registration, input, ports, signal)) };
    } catch (error) {
      await listener[Symbol.asyncDispose]();
      throw error;
    }
  };
  const busy: number[] = [];
  for (const registration of again ? [] : await goodRegistrations(endpoints, ports)) {
    const port = portOf(registration.redirectUri);
    if (input.port !== null && input.port !== port) continue;
    try {
      const listener = await bind(port);
      if (listener.redirectUri === registration.redirectUri) return await known(listener, registration);
      await listener[Symbol.asyncDispose]();
    } catch (error) {
      if (input.port !== null || !(error instanceof BimServiceError) || error.code !== 'port-busy')
        throw error;
      busy.push(port);
    }
  }
  if (busy.length > 0)
    ports.reporter.info(`Port ${busy.join(', ')} is taken; registering again with another.`);
  const listener = await bindKnown(input.port, await knownPort(endpoints, ports), bind);
  try {
    const { redirectUri } = listener;
    const registration = await registerAt({ ...input, redirectUri }, ports, signal);
    return { listener, registration, isNew: true };
  } catch (error) {
    await listener[Symbol.asyncDispose]();
    throw error;
  }
}

/** The known port again, so that a server that finds clients by their redirect address has one of ours; else any free port. */
async function bindKnown(
  fixed: number | null,
  known: number | null,
  bind: (port: number) => Promise<CallbackListener>,
): Promise<CallbackListener> {
  if (fixed !== null || known === null) return bind(fixed ?? 0);
  return bind(known).catch((error: unknown) => {
    if (!(error instanceof BimServiceError) || error.code !== 'port-busy') throw error;
    return bind(0);
  });
}

/**
 * Opens the browser. Resolves when there is none: with `--no-browser` at once, or when the opener fails. Never resolves
 * while a browser shows the page.
 */
async function withoutBrowser(
  url: string,
  service: Service,
  ports: AuthorizePorts,
  done: AbortSignal,
): Promise<void> {
  if (ports.browser === null) return;
  try {
    await ports.browser.open(url, done);
  } catch (error) {
    ports.reporter.debug(String(error));
    // After the response nothing is to be opened any more.
    if (!done.aborted) {
      const elsewhere = `On another machine: bimservice authorize ${service.id} --no-browser --paste`;
      // The address is long: twice on a terminal, no one sees where it begins.
      ports.reporter.instruct(
        `No browser could be started. Open the address above yourself, on this machine.\n${elsewhere}`,
        `No browser could be started. Open this address yourself, on this machine:\n\n  ${url}\n\n${elsewhere}`,
      );
      return;
    }
  }
  await new Promise(() => {});
}

/** A signal that aborts when it is disposed, or with `signal`. */
function endOfUse(signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const end = new AbortController();
  return { signal: AbortSignal.any([signal, end.signal]), [Symbol.dispose]: () => end.abort() };
}

/** The first response that belongs to this login, from the listener or pasted. */
async function consent(
  listener: CallbackListener,
  nonce: string,
  noBrowser: Promise<void>,
  ports: AuthorizePorts,
  signal: AbortSignal,
): Promise<{ response: PastedResponse; show: (text: CallbackPageText['text']) => void }> {
  const decided = new AbortController();
  const either = AbortSignal.any([signal, decided.signal]);
  const called = listener
    .next((parameters) => !repeatsParameter(parameters) && isOurState(parameters, nonce), either)
    .then((callback) => ({
      response: readCallback(callback.parameters) as PastedResponse,
      // The exchange is done and saved, so the page is not waited for (CASES B016).
      show: (text: CallbackPageText['text']) =>
        void callback.respond({ ok: text === 'authorized', text }).catch(() => {}),
    }));
  const { askPasted } = ports;
  const pasted =
    askPasted === null
      ? null
      : noBrowser
          .then(() => askPasted(either))
          .then((text) => ({ response: readPasted(text, nonce), show: () => {} }));
  try {
    return await Promise.race([called, ...(pasted ? [pasted] : [])]);
  } finally {
    decided.abort();
    called.catch(() => {});
    pasted?.catch(() => {});
  }
}

function tooLate(service: Service, waitMs: number): BimServiceError {
  return new BimServiceError(
    'consent-timeout',
    `no consent was given for ${service.id} within ${Math.round(waitMs / 1000)} s`,
    {
      service: service.id,
      phase: 'authorize',
      hint: `${dialectOf(service).silentConsent ?? 'If the page said that the client is unknown, the next try registers again.'} To try again: bimservice authorize ${service.id} (--wait 15m for more time)`,
    },
  );
}
