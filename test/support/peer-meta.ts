// Records which peer a test ran against; docs/interoperability.md is made from this.
import { createRequire } from 'node:module';
import { beforeEach } from 'vitest';

export interface Peer {
  name: string;
  version: string;
  /** What was run, when the title of the test's group does not say it. */
  ran?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    peer?: Peer;
  }
}

/** A peer from a package, with its installed version. */
export function packagePeer(name: string): Peer {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`);
  return { name, version: String(version) };
}

/** A double of this project, which replaces the peer as far as docs/protocol.md describes it. */
export function fake(name: string): Peer {
  return { name, version: 'double in test/support, written from the protocol' };
}

/** Marks every test of this file, or group, as run against `peer`. */
export function against(peer: Peer): void {
  beforeEach(({ task }) => {
    task.meta.peer ??= peer;
  });
}
