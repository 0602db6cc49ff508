// `--shared-folder`: a folder that front ends and workers see, for large models and results.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { systemReason } from '../../io/files/system-reason.js';
import { SharedFiles } from '../../serve/nats/shared-files.js';
import type { NatsFlags } from './nats-link.js';

/** Undefined without the option. Throws BimServiceError. */
export async function openSharedFolder(
  context: Context,
  { sharedFolder, natsName }: NatsFlags,
): Promise<SharedFiles | undefined> {
  if (sharedFolder === undefined) return undefined;
  const path = context.path(sharedFolder);
  try {
    return await SharedFiles.open(path, natsName);
  } catch (error) {
    const reason = systemReason(error, path);
    throw new BimServiceError('usage', `--shared-folder: ${sharedFolder} cannot be used (${reason})`, {
      hint: 'Name a folder that exists, that all front ends and workers see, and that this user may write.',
      cause: error,
    });
  }
}
