// A service of which only the resource address is known, because a person typed it: no repository is needed to use it.
import { type AddressRules, checkEndpoint, spellAddress } from '../../protocol/repository/addresses.js';
import { slug } from '../../protocol/repository/service-id.js';
import { publicAddress } from '../../protocol/text/public-address.js';
import type { ListedService } from './load-repositories.js';

/** Throws `unsafe-address`. Its id is the address, so that the commands in messages can be typed. */
export function typedService(typed: string, rules: AddressRules): ListedService {
  const address = typed.trim();
  const resourceUrl = spellAddress(checkEndpoint(address, rules), address);
  const id = publicAddress(resourceUrl);
  return {
    id,
    slug: slug(id),
    alias: '',
    name: id,
    description: '',
    provider: '',
    inputs: [],
    outputs: [],
    resourceUrl,
    oauth: null,
    form: 'address',
    repository: resourceUrl,
    // The operator typed the address.
    isNamed: true,
  };
}
