// The HTTP adapter: small requests, the POST of a model, and the websocket; each is loaded at its first use.

import type { HttpClient } from '../../core/ports/http.js';
import type { HttpOptions } from './options.js';

export function createHttpClient(options: HttpOptions): HttpClient {
  return {
    request: async (request, signal) => (await import('./exchange.js')).exchange(request, options, signal),
    postModel: async (request, signal) =>
      (await import('./post-model.js')).postModel(request, options, signal),
    openRunChannel: async (request, signal) =>
      (await import('./run-channel.js')).openRunChannel(request, options, signal),
  };
}
