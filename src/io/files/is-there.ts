// Whether something exists at a path.
import { stat } from 'node:fs/promises';

/** False also where the system does not say. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
