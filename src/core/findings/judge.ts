// Judges a result by gates. A gate that cannot check the result does not pass.

import type { BcfTopic } from '../../protocol/bcf/topic.js';
import type { TopicComparison } from './compare-topics.js';
import type { Gate, GateSettings } from './gate.js';
import { judgeJson } from './judge-json.js';
import { judgeTopics } from './judge-topics.js';
import type { GateOutcome } from './outcome.js';

/** What a gate looks at. */
export type Judged =
  | { kind: 'topics'; topics: readonly BcfTopic[]; comparison: TopicComparison | null }
  | { kind: 'json'; value: unknown }
  /** The service worked and sent no result. */
  | { kind: 'none'; comparison: TopicComparison | null }
  /** `what`: what the result is, in a few words. */
  | { kind: 'other'; what: string };

export function judge(gate: Gate, judged: Judged, settings: GateSettings): GateOutcome {
  if (gate.kind === 'topics' && judged.kind === 'topics') return judgeTopics(gate, judged, settings);
  if (gate.kind === 'topics' && judged.kind === 'none')
    return judgeTopics(gate, { topics: [], comparison: judged.comparison }, settings);
  if (gate.kind === 'pointer' && judged.kind === 'json') return judgeJson(gate, judged.value);
  const needs = gate.kind === 'topics' ? 'topics of BCF' : 'values of JSON';
  return {
    gate: gate.text,
    state: 'unchecked',
    reason: `${whatThereIs(judged)}, and this gate checks ${needs}`,
    topics: [],
  };
}

function whatThereIs(judged: Judged): string {
  switch (judged.kind) {
    case 'topics':
      return 'the result is BCF';
    case 'json':
      return 'the result is JSON';
    case 'none':
      return 'there is no result';
    case 'other':
      return `the result is ${judged.what}`;
  }
}
