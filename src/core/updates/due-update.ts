// When to ask for a newer version, and when to say that there is one. `update-notifier` does the same with more than fifty
// packages; the smaller ones (`simple-update-notifier`, `tiny-updater`) ask a fixed registry, past the proxy of
// the person, in the process of the command. Here npm asks, with all its settings.

import type { UpdateState } from '../ports/updates.js';

const DAY_MS = 86_400_000;
const RELEASE = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;

/** A release without a suffix such as `-beta.1`, which no one is asked to install. */
export function isRelease(version: string): boolean {
  return RELEASE.test(version);
}

/**
 * What is due at `now` for the running `version`: `ask` npm, and `show` that version; each at most once a day. The first
 * command asks nothing, so that one-off machines never do.
 */
export function dueUpdate(
  { checkedAt, shownAt, latest }: UpdateState,
  version: string,
  now: number,
): { start: boolean; ask: boolean; show: string | null } {
  return {
    start: checkedAt === null,
    ask: checkedAt !== null && isPast(checkedAt, now),
    show: latest !== null && isNewer(latest, version) && isPast(shownAt, now) ? latest : null,
  };
}

/** True after a day, and where the clock was set back. */
function isPast(at: number | null, now: number): boolean {
  return at === null || now < at || now - at >= DAY_MS;
}

/** True when `latest` is a release after `version`, which may have a suffix. */
function isNewer(latest: string, version: string): boolean {
  const [one, two] = [partsOf(latest), partsOf(version.split(/[-+]/, 1)[0] ?? '')];
  if (one === null || two === null) return false;
  const at = one.findIndex((part, index) => part !== two[index]);
  // 1.2.0 comes after 1.2.0-beta.1.
  return at === -1 ? version.includes('-') : (one[at] ?? 0) > (two[at] ?? 0);
}

function partsOf(version: string): number[] | null {
  return RELEASE.exec(version)?.slice(1).map(Number) ?? null;
}
