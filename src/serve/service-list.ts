// The lists of the provider: services in nested and in flat form (PROTOCOL 1.0 and 1.1), and providers.

import { createHash } from 'node:crypto';
import { SCHEMAS } from '../protocol/content/schema-names.js';
import { OAUTH_PATHS } from './oauth/metadata.js';
import type { ServedService } from './service/served-service.js';

const PROVIDER = 'bimservice';

/** The address of one service. */
export function resourcePath(serviceId: string): string {
  return `/services/${encodeURIComponent(serviceId)}`;
}

/** `/servicelist`: an object with `capabilities` and `services`, OAuth addresses nested. */
export function nestedList(origin: string, services: Iterable<ServedService>): unknown {
  const entries = [...services].map((service) => ({
    ...describe(origin, service),
    oauth: oauthAddresses(origin),
  }));
  return { capabilities: ['WEBSOCKET'], services: entries };
}

/** The nested list for clients that begin with `/serviceproviders.json`. */
export const NUMBERED_LIST_PATH = '/numbered/servicelist';

/** What BIMserver and FreeCAD can send: in their lists "any type" has to be a list of types. */
const TYPES_OF_ANY = ['IFC_STEP_2X3TC1', 'IFC_STEP_4', 'IFC_STEP'];

/**
 * The nested list in the form of BIMserver's own, which clients of BIMserver begin with: each id is a number (BIMserver reads text
 * as 0), and a service that takes every type lists types, because the person selects one of them (PROTOCOL 1.12).
 */
export function numberedList(origin: string, services: Iterable<ServedService>): unknown {
  const entries = [...services].map((service) => ({
    ...describe(origin, service),
    id: numberOf(service.id),
    inputs: service.inputs.length === 0 ? TYPES_OF_ANY : service.inputs,
    oauth: oauthAddresses(origin),
  }));
  return { capabilities: ['WEBSOCKET'], services: entries };
}

/** The same number for an id each time, and one that a double can hold. */
function numberOf(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}

/** `/services.json`: a bare array, OAuth addresses beside resourceUrl. */
export function flatList(origin: string, services: Iterable<ServedService>): unknown {
  return [...services].map((service) => ({ ...describe(origin, service), ...oauthAddresses(origin) }));
}

/** `/serviceproviders.json`: only this provider; BIMserver and FreeCAD begin here (PROTOCOL 1.12, 1.13). */
export function providerList(origin: string): unknown {
  const description = 'Services of this provider';
  return { active: [{ name: PROVIDER, description, listUrl: new URL(NUMBERED_LIST_PATH, origin).href }] };
}

/**
 * `/extendeddataschemas.json`: the types of our results, in the form of BIMserver's repository. An administrator adds them, because
 * BIMserver loses a result of a type that it does not know (PROTOCOL 1.12).
 */
export function resultTypes(services: Iterable<ServedService>): unknown {
  const names = new Set([...services].flatMap(({ outputs }) => outputs));
  const extendeddataschemas = [...names].map((name) => ({
    name,
    contentType: SCHEMAS.get(name)?.contentType ?? 'application/octet-stream',
    url: '',
    description: `Results of the type ${name}`,
  }));
  return { extendeddataschemas };
}

function describe(origin: string, service: ServedService): Record<string, unknown> {
  return {
    id: service.id,
    name: service.name,
    description: service.description,
    provider: PROVIDER,
    // BimBotJavaClient fails on an entry without it.
    providerIcon: '',
    inputs: service.inputs,
    outputs: service.outputs,
    resourceUrl: new URL(resourcePath(service.id), origin).href,
  };
}

function oauthAddresses(origin: string): Record<string, string> {
  return {
    authorizationUrl: new URL(OAUTH_PATHS.authorize, origin).href,
    registerUrl: new URL(OAUTH_PATHS.register, origin).href,
    tokenUrl: new URL(OAUTH_PATHS.token, origin).href,
  };
}
