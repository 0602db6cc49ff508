// The filters of `list`: by what a service accepts, what it produces, and its provider.

import { namesMeant } from '../../protocol/content/expectation.js';
import { sameSchema } from '../../protocol/content/schema-names.js';
import type { Service } from '../../protocol/repository/service.js';

export interface ServiceFilter {
  /** A schema name in any spelling (PROTOCOL 2), or a family: BCF, IFC, JSON. */
  accepts?: string;
  /** The type of a model: services that name no inputs take any, as `invoke` does. */
  takes?: string;
  /** As `accepts`. */
  produces?: string;
  /** A part of the provider's name; case is ignored. */
  provider?: string;
}

/** The services that pass every given filter, in the original order. */
export function filterServices<T extends Service>(services: readonly T[], filter: ServiceFilter): T[] {
  const { accepts, takes, produces, provider } = filter;
  return services.filter(
    (service) =>
      (accepts === undefined || namesMeant(accepts, service.inputs).length > 0) &&
      (takes === undefined ||
        service.inputs.length === 0 ||
        service.inputs.some((name) => sameSchema(name, takes))) &&
      (produces === undefined || namesMeant(produces, service.outputs).length > 0) &&
      (provider === undefined || service.provider.toLowerCase().includes(provider.toLowerCase())),
  );
}
