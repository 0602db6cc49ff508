// Writes a service as a list of its own, in the form that `readRepository` reads: exported credentials contain it.
import type { Service } from './service.js';

/**
 * The list, with one entry. What was read from it is the service again, except for the addresses that its OAuth server
 * published: these are requested again, because they can change.
 */
export function listOf(service: Service): object {
  const { capabilities, rebase } = service;
  return {
    services: [entryOf(service)],
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(rebase === undefined ? {} : { rebase }),
  };
}

function entryOf(service: Service): object {
  const { name, description, provider, inputs, outputs, resourceUrl, form, listId, providerIcon } = service;
  const { discovery, scope, multipart } = service;
  const oauth = service.server === undefined ? service.oauth : null;
  return {
    ...(listId === undefined ? {} : { id: listId }),
    name,
    description,
    provider,
    inputs,
    outputs,
    resourceUrl,
    ...(oauth === null ? {} : form === 'flat' ? oauth : { oauth }),
    ...(providerIcon === undefined ? {} : { providerIcon }),
    ...(discovery === undefined
      ? {}
      : { [discovery.kind === 'issuer' ? 'issuer' : 'foundationUrl']: discovery.url }),
    ...(scope === undefined ? {} : { scope }),
    ...(multipart === undefined ? {} : { upload: 'multipart', ...multipart }),
  };
}
