// The HTTP adapter: small requests, the POST of a model, and the websocket; each is loaded at its first use.

import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import type { HttpClient } from '../../core/ports/http.js';
import type { HttpOptions } from './options.js';

/**
 * Time for each address of a host, of several but the last, ms. Node gives 250, and a far server needs more: with a dead
 * address beside it, it would never be reached. Connections are tried one after the other within `limits.connectMs`.
 */
const ADDRESS_MS = 3000;

export function createHttpClient(options: HttpOptions): HttpClient {
  setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_MS);
  return {
    request: async (request, signal) => (await import('./exchange.js')).exchange(request, options, signal),
    postModel: async (request, signal) =>
      (await import('./post-model.js')).postModel(request, options, signal),
    openRunChannel: async (request, signal) =>
      (await import('./run-channel.js')).openRunChannel(request, options, signal),
  };
}
