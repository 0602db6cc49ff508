// The options that describe this installation to a server, shared by `register` and `authorize`.
import type { ClientOptions } from '../../core/authorization/register.js';

export interface ClientFlags {
  clientName?: string;
  clientDescription?: string;
  clientUrl?: string;
  clientIcon?: string;
  port?: number;
}

export function clientOptions(flags: ClientFlags): ClientOptions {
  const { clientName, clientDescription, clientUrl, clientIcon } = flags;
  return {
    ...(clientName === undefined ? {} : { name: clientName }),
    ...(clientDescription === undefined ? {} : { description: clientDescription }),
    ...(clientUrl === undefined ? {} : { url: clientUrl }),
    ...(clientIcon === undefined ? {} : { icon: clientIcon }),
  };
}
