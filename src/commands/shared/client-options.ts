// The options that describe this installation to a server, shared by `register` and `authorize`.
import type { RegisterOptions } from '../../library/consent/register.js';

export interface ClientFlags {
  clientName?: string;
  clientDescription?: string;
  clientUrl?: string;
  clientIcon?: string;
  port?: number;
}

export function clientOptions(flags: ClientFlags): Pick<RegisterOptions, 'description' | 'port'> {
  const { clientName, clientDescription, clientUrl, clientIcon, port } = flags;
  return {
    description: {
      ...(clientName === undefined ? {} : { name: clientName }),
      ...(clientDescription === undefined ? {} : { description: clientDescription }),
      ...(clientUrl === undefined ? {} : { url: clientUrl }),
      ...(clientIcon === undefined ? {} : { icon: clientIcon }),
    },
    ...(port === undefined ? {} : { port }),
  };
}
