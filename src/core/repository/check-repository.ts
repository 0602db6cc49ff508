// Reads one repository to report what it offers: `repository add` does this before it stores one, `repository check` at any time.
import { BimServiceError } from '../../errors.js';
import { loadRepositories } from './load-repositories.js';
import type { LoadPorts, RepositorySource } from './read-source.js';

export interface RepositoryCheck {
  source: RepositorySource;
  /** The number of usable services. */
  services: number;
  /** The warnings of the reading: entries that were left out, a moved list. */
  warnings: string[];
  /** Why it cannot be read; null when it can. */
  error: BimServiceError | null;
}

/** Uses the network, not the cache. Never throws for faults of the repository. */
export async function checkRepository(
  source: RepositorySource,
  rules: { insecure: boolean },
  ports: LoadPorts,
  signal: AbortSignal,
): Promise<RepositoryCheck> {
  try {
    const input = {
      sources: [source],
      strict: false,
      insecure: rules.insecure,
      cacheUse: 'refresh' as const,
    };
    const { services, warnings } = await loadRepositories(input, ports, signal);
    return { source, services: services.length, warnings, error: null };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BimServiceError)) throw error;
    return { source, services: 0, warnings: [], error };
  }
}
