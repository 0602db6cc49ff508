// Step 2: a person's consent, in a browser on this machine. It includes steps 1 and 3.
import { authorize as authorizeInBrowser } from '../../core/authorization/authorize.js';
import type { ClientOptions } from '../../core/authorization/register.js';
import { endpointsOf } from '../../core/authorization/register.js';
import type { AccessToken } from '../../core/ports/credentials.js';
import type { OpenListener } from '../../core/ports/login.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { Client } from '../client/client.js';
import type { Ports } from '../client/ports.js';
import { withAddresses } from '../services/load-services.js';
import { orMoved } from '../services/moved.js';
import { authorizationPorts } from './authorization-ports.js';
import { type Agree, confirmHosts } from './confirm-hosts.js';

/** What all ways to authorize have in common. */
export interface ConsentOptions {
  /** How this installation describes itself to the server; absent members have defaults. */
  description?: ClientOptions;
  /** The port of the redirect address; absent: the known one, or any free port. A port in use is then an error. */
  port?: number;
  /** How long the person may take, in ms; absent: five minutes. */
  waitMs?: number;
  /** Asks the person where a secret would go to another host than expected. Absent: such a service is an error, `input-needed`. */
  agree?: Agree;
  /** Called as the login goes on. */
  onEvent?: (event: AuthorizeEvent) => void;
  /** Ends it with the error `interrupted`. */
  signal?: AbortSignal;
}

export type AuthorizeEvent =
  /** Nothing more is checked: from now on the person has `waitMs`. */
  | { event: 'waiting'; waitMs: number }
  /** The consent page. */
  | { event: 'address'; url: string }
  /** The person types `code` into `page` on any device. `directPage`: the page with the code in it, or null. */
  | { event: 'code'; page: string; code: string; directPage: string | null };

export interface AuthorizeOptions extends ConsentOptions {
  /**
   * Opens the consent page for the person. `done` aborts when the person is through with the page. When it rejects, the
   * login goes on: the page can be opened in another way. Null: nothing is opened. Absent: the browser of this system.
   */
  openBrowser?: ((url: string, done: AbortSignal) => void | Promise<void>) | null;
  /** Opens the listener for the redirect. Absent: a server on 127.0.0.1. */
  openListener?: OpenListener;
  /**
   * Asks the person to paste the code, or the final address of the browser: for a browser on another machine. It is called when no
   * browser is opened. Absent: only the listener waits.
   */
  askPasted?: (signal: AbortSignal) => Promise<string>;
}

/** A service that has a token now. */
export interface Authorized {
  /** As the list has it now. */
  service: ListedService;
  token: AccessToken;
}

const USUAL_WAIT_MS = 5 * 60_000;

/**
 * Registers if needed, lets the person consent, gets the token and stores it. Throws BimServiceErrors `usage` for an open service,
 * `access-denied`, `consent-timeout`, `port-busy`, `token-refused`, `input-needed`, and those of network and store.
 */
export function authorize(
  client: Client,
  service: ListedService,
  options: AuthorizeOptions = {},
): Promise<Authorized> {
  return consenting(client, service, options, async (ports, input) => {
    const { openBrowser, openListener, askPasted = null, onEvent } = options;
    onEvent?.({ event: 'waiting', waitMs: input.waitMs });
    const open = openBrowser === undefined ? await systemBrowser() : openBrowser;
    return authorizeInBrowser(
      input,
      {
        ...(await authorizationPorts(ports)),
        ...(openListener === undefined ? {} : { openListener }),
        browser: open === null ? null : { open: async (url, done) => open(url, done) },
        askPasted,
        onAddress: (url) => onEvent?.({ event: 'address', url }),
      },
      ports.signal,
    );
  });
}

/** The input of the use-cases. */
export interface ConsentInput {
  service: ListedService;
  client: ClientOptions;
  port: number | null;
  waitMs: number;
}

/** What comes before and after every way to authorize. */
export async function consenting(
  client: Client,
  service: ListedService,
  options: ConsentOptions,
  consent: (ports: Ports, input: ConsentInput) => Promise<AccessToken>,
): Promise<Authorized> {
  using ports = Client.call(client, options.signal);
  const { description = {}, port = null, waitMs = USUAL_WAIT_MS } = options;
  const complete = await withAddresses(ports, service, 'revalidate');
  // An open service needs no consent; the error says so before anything is asked or opened.
  endpointsOf(complete);
  return await orMoved(ports, complete, async (now) => {
    await confirmHosts(now, options.agree);
    // A token that cannot be stored would be lost, so this is checked before a browser is opened.
    await ports.store.probe(now);
    return { service: now, token: await consent(ports, { service: now, client: description, port, waitMs }) };
  });
}

async function systemBrowser(): Promise<(url: string, done: AbortSignal) => Promise<void>> {
  const { createBrowser } = await import('../../io/login/browser.js');
  const browser = createBrowser({ command: null, env: {}, handOver: null });
  return (url, done) => browser.open(url, done);
}
