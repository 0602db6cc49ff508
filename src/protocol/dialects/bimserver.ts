// BIMserver and its relatives, recognized by their resource addresses `/services` and `/services/<soid>` (PROTOCOL 1.5).
import { normalizeSchemaName, sameSchema, spellingFor } from '../content/schema-names.js';
import { refusalIn, tokenQuestion } from './bimserver-api.js';
import { meaningOf } from './bimserver-errors.js';
import type { Dialect } from './dialect.js';

const RESOURCE_PATH = /\/services(\/\d+)?$/;

/** The types of STEP models that a released BIMserver takes. For IFC_STEP it reads the header itself (PROTOCOL 1.12). */
const KNOWN_STEP: ReadonlySet<string> = new Set(['IFC_STEP', 'IFC_STEP_2X3TC1']);

/** True for an address in BIMserver's form. */
export function isBimserverAddress(url: string): boolean {
  // Most addresses do not have the word, and a list has many.
  return url.includes('services') && RESOURCE_PATH.test(new URL(url).pathname);
}

/** @param resourceUrl only decides whether the services share it: the list has `/services`, a token `/services/<soid>`. */
export function bimserverDialect(resourceUrl: string): Dialect {
  return {
    name: 'bimserver',
    sharesAddress: /\/services$/.test(new URL(resourceUrl).pathname),
    // It reports one hour and means one month (PROTOCOL 1.4), and it refreshes nothing.
    trustsExpiry: false,
    mayNameWrongSite: true,
    confirmsClients: true,
    // PROTOCOL 1.3, 1.12
    silentConsent:
      'The page of a BIMserver offers only services that your user has a configuration of: create one there, in the settings of your user. "Go back" on that page reports nothing to this program.',
    // A site address with a slash at its end gives `//oauth/register`, which the server itself does not take.
    tidyAddress: (address) =>
      address.replace(/^(\w+:\/\/[^/?#]*)(\/[^?#]*)/, (_, site, path) => site + singleSlashes(path)),
    asksForSync: true,
    emptyMeansRefused: true,
    refusesWithPages: true,
    takenAs: (listed, schema) =>
      schema.startsWith('IFC_STEP') &&
      !KNOWN_STEP.has(schema) &&
      !listed.some((input) => sameSchema(input, schema))
        ? 'IFC_STEP'
        : schema,
    // Java compares the name exactly and in upper case, for every spelling in a list (PROTOCOL 1.5).
    inputType: (listed, schema) => normalizeSchemaName(spellingFor(listed, schema)),
    streamAddress(resource) {
      const scheme = new URL(resource).protocol === 'https:' ? 'wss:' : 'ws:';
      const { host, pathname } = besideServices(resource, '/stream');
      return `${scheme}//${host}${pathname}`;
    },
    tokenQuestion: (resource, token) =>
      tokenQuestion(besideServices(resource, '/json').href, resource, token),
    refusalIn,
    userLogin: {
      apiAddress: (resource) => besideServices(resource, '/json').href,
      runAddress: (resource, soid) => besideServices(resource, `/services/${soid}`).href,
    },
    meaningOf,
  };
}

function singleSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/');
}

/** The address on the same server with `path` instead of its `/services` or `/services/<soid>`. */
function besideServices(resourceUrl: string, path: `/${string}`): URL {
  const url = new URL(resourceUrl);
  url.pathname = url.pathname.replace(RESOURCE_PATH, path);
  return url;
}
