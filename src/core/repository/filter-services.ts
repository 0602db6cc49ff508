// The filters of `list`: by what a service takes, what it gives, and who provides it.

import { sameSchema } from '../../protocol/content/schema-names.js';
import type { Service } from '../../protocol/repository/service.js';

export interface ServiceFilter {
  /** A schema name in any spelling (PROTOCOL 2). */
  accepts?: string;
  produces?: string;
  /** Part of the provider's name; case does not count. */
  provider?: string;
}

/** Those of `services` that pass every filter given, in their order. */
export function filterServices<T extends Service>(services: readonly T[], filter: ServiceFilter): T[] {
  const { accepts, produces, provider } = filter;
  return services.filter(
    (service) =>
      (accepts === undefined || service.inputs.some((name) => sameSchema(name, accepts))) &&
      (produces === undefined || service.outputs.some((name) => sameSchema(name, produces))) &&
      (provider === undefined || service.provider.toLowerCase().includes(provider.toLowerCase())),
  );
}
