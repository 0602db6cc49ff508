// Which peer a test ran against: the table in docs/interoperability.md is made of these.
import { createRequire } from 'node:module';

export interface Peer {
  name: string;
  version: string;
}

declare module 'vitest' {
  interface TaskMeta {
    peer?: Peer;
  }
}

/** A peer from a package of ours, with the version that is installed. */
export function peer(name: string, packageName = name): Peer {
  const { version } = createRequire(import.meta.url)(`${packageName}/package.json`);
  return { name, version: String(version) };
}
