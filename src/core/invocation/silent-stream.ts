// Remembers per server that its websocket is swallowed on the way, so that the next runs do not wait for it.
import { BimServiceError } from '../../errors.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';

export interface SilencePorts {
  store: Pick<CredentialStore, 'readSilence' | 'writeSilence'>;
  clock: Clock;
  reporter: Reporter;
}

/** A proxy may be corrected, so a silence counts for a day (ms). */
const COUNTS_MS = 24 * 3_600_000;

/** True when the websocket at `url` was silent within the last day. */
export async function isKnownSilent(url: string, ports: SilencePorts): Promise<boolean> {
  const at = await quietly(ports, () => ports.store.readSilence(url));
  if (typeof at !== 'number') return false;
  const age = ports.clock.now() - at;
  return age >= 0 && age < COUNTS_MS;
}

/** Stores that the websocket was silent, or that it was not. Without a store only the next run waits again. */
export async function rememberSilence(url: string, isSilent: boolean, ports: SilencePorts): Promise<void> {
  await quietly(ports, async () => {
    if (isSilent || (await ports.store.readSilence(url)) !== null)
      await ports.store.writeSilence(url, isSilent ? ports.clock.now() : null);
  });
}

async function quietly<T>({ reporter }: SilencePorts, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    reporter.debug(`what is known about the websocket is not stored: ${error.message}`);
    return undefined;
  }
}
