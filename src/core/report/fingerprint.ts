// An id of a finding that stays the same from run to run, although most tools give a topic a new GUID each time.
import { createHash } from 'node:crypto';
import type { BcfTopic } from '../../protocol/bcf/topic.js';

/** From type, title and selected GlobalIds; from the GUID only where all of these are missing. 32 hex digits. */
export function fingerprintOf(topic: BcfTopic): string {
  const { type, title, globalIds, guid } = topic;
  const isEmpty = !title && globalIds.length === 0;
  const identity = isEmpty ? [guid.toLowerCase()] : [type ?? '', title ?? '', ...globalIds.toSorted()];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

/** The fingerprints of topics, each once: equal ones are counted up. */
export class Fingerprints {
  readonly #seen = new Map<string, number>();

  /** `scope`: what separates equal topics, most often the model. */
  of(topic: BcfTopic, scope: string): string {
    const plain = createHash('sha256')
      .update(`${scope}\n${fingerprintOf(topic)}`)
      .digest('hex')
      .slice(0, 32);
    const times = (this.#seen.get(plain) ?? 0) + 1;
    this.#seen.set(plain, times);
    return times === 1 ? plain : `${plain}:${times}`;
  }
}
