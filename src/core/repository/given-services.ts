// The services that exported credentials contain, so that a job needs no repository.
import { BimServiceError } from '../../errors.js';
import type { CredentialBundle } from '../../protocol/oauth/credential-bundle.js';
import { type AddressRules, checkEndpoint } from '../../protocol/repository/addresses.js';
import { readRepository } from '../../protocol/repository/repository.js';
import type { Rebase } from '../../protocol/repository/service.js';
import { objectOf } from '../../protocol/text/json-object.js';
import { publicAddress } from '../../protocol/text/public-address.js';
import type { ListedService, RefusedService } from './load-repositories.js';

export interface GivenServices {
  services: ListedService[];
  /** Those with an unsafe address; `findService` throws the error of such a service. */
  refused: RefusedService[];
}

/** Ids as lists make them: `slug` or `alias/slug`. */
const ID = /^(?:[\p{L}\p{N}\p{M}._-]{1,100}\/)?[\p{L}\p{N}\p{M}-]{1,100}$/u;

/**
 * The services in `bundles`, checked as the entries of a list are. `source` names the bundles in messages. Bundles of
 * earlier versions contain no service. Throws `repository-invalid` for a service that is not valid.
 */
export function givenServices(
  bundles: readonly CredentialBundle[],
  source: string,
  rules: AddressRules,
): GivenServices {
  const given: GivenServices = { services: [], refused: [] };
  for (const bundle of bundles) {
    if (bundle.list === undefined) continue;
    const reading = { ...rules, source, location: source, strict: false, baseUrl: null };
    const { services, refused, warnings } = readRepository(bundle.list, reading);
    if (services.length + refused.length !== 1) throw invalid(source, warnings[0]);
    const rebase = rebaseIn(bundle.list, rules);
    for (const service of services) {
      // It was exported with a token, so its entry does not say that it needs none.
      const isTyped = service.form === 'open' && service.discovery === undefined;
      given.services.push({
        ...service,
        ...(rebase === null ? {} : { rebase }),
        ...(isTyped ? { form: 'address' } : {}),
        ...names(isTyped ? publicAddress(service.resourceUrl) : idIn(bundle, service.id)),
        // No person named its list, and it may be the public one: BIMSERVICE_TOKEN is not sent there.
        isNamed: false,
      });
    }
    for (const entry of refused) given.refused.push({ ...entry, ...names(idIn(bundle, entry.id)) });
  }
  return given;
}

/** The id under which the service was exported; the one that its name gives when that is not an id. */
function idIn({ service }: CredentialBundle, fallback: string): string {
  return ID.test(service) ? service : fallback;
}

function names(id: string): { id: string; slug: string; alias: string } {
  return { id, slug: id, alias: '' };
}

/** The wrong site address of the server, which the exporter had replaced. */
function rebaseIn(list: unknown, rules: AddressRules): Rebase | null {
  const { from, to } = objectOf(objectOf(list)?.rebase) ?? {};
  if (typeof from !== 'string' || typeof to !== 'string') return null;
  checkEndpoint(to, rules);
  return { from, to };
}

function invalid(source: string, why: string | undefined): BimServiceError {
  return new BimServiceError(
    'repository-invalid',
    `the service in ${source} is not valid${why === undefined ? '' : `: ${why}`}`,
    {
      hint: 'Export the credentials again: bimservice token SERVICE --export. Or name the list: --repository URL|FILE',
      phase: 'list',
    },
  );
}
