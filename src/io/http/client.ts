// The HTTP adapter: small requests, the model's POST and the websocket, each loaded when it is first used.

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
