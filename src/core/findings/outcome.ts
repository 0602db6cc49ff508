// What became of a gate.
import type { BcfTopic } from '../../protocol/bcf/topic.js';

export interface GateOutcome {
  /** As written. */
  gate: string;
  /** `found`: what the gate looks for is there. `unchecked`: the gate could not check the result, so it does not pass. */
  state: 'passed' | 'found' | 'unchecked';
  /** One line, without foreign text that has not passed `cleanText`. */
  reason: string;
  /** The topics that did it. */
  topics: BcfTopic[];
}
