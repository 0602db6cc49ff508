// Gates and comparison of a command: reads its flags, the earlier result and the result, and judges it.

import type { Context } from '../../context.js';
import { compareTopics, type TopicComparison } from '../../core/findings/compare-topics.js';
import {
  type ComparisonRecord,
  comparisonRecord,
  type FindingsRecord,
  gateRecords,
  type RunOrigin,
} from '../../core/findings/findings-record.js';
import type { Gate, GateSettings } from '../../core/findings/gate.js';
import { gateFailure, readGates } from '../../core/findings/gate-errors.js';
import { type Judged, judge } from '../../core/findings/judge.js';
import type { GateOutcome } from '../../core/findings/outcome.js';
import { BimServiceError } from '../../errors.js';
import { type Baseline, isFolder, readBaseline } from '../../io/bcf/baseline.js';
import { type ResultContent, readContent } from '../../io/bcf/read-content.js';
import type { BcfProblem } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';

export interface JudgingFlags {
  failOn?: string[];
  baseline?: string;
  /** Words, lowest first. */
  priorityOrder?: string[];
  closedStatus?: string[];
}

/** A result that was judged. */
export interface JudgedResult {
  content: ResultContent | null;
  outcomes: GateOutcome[];
  comparison: TopicComparison | null;
  compared: ComparisonRecord | null;
  record: FindingsRecord;
  /** `result-incomplete` where parts cannot be read, `gate` where a gate does not pass; both can be true. */
  errors: BimServiceError[];
}

/** The earlier result of a model, before the new one may take its place. */
export interface EarlierResult {
  baseline: Baseline | null;
}

/** The gates of a command. */
export class Judging {
  readonly #context: Context;
  readonly #gates: readonly Gate[];
  readonly #settings: GateSettings;
  readonly #baseline: string | null;

  /** Throws `usage` for a gate that is wrong. */
  constructor(context: Context, flags: JudgingFlags) {
    this.#context = context;
    this.#baseline = flags.baseline === undefined ? null : context.path(flags.baseline);
    this.#settings = {
      priorityOrder: flags.priorityOrder ?? null,
      closedStatuses: flags.closedStatus ?? null,
      hasBaseline: this.#baseline !== null,
    };
    this.#gates = readGates(flags.failOn ?? [], this.#settings);
  }

  /** Throws `usage` where the earlier result is that of one model. */
  async checkFolder(): Promise<void> {
    if (this.#baseline === null || (await isFolder(this.#baseline))) return;
    throw new BimServiceError('usage', '--baseline FILE is the result of one model', {
      hint: 'For several models name a folder that has the receipts of the earlier run.',
    });
  }

  /** Throws like `readBaseline`. @param modelPath of the model as named; null when it is not known */
  async earlier(modelPath: string | null): Promise<EarlierResult> {
    if (this.#baseline === null) return { baseline: null };
    return { baseline: await readBaseline(this.#baseline, modelPath, this.#context.runtime.signal) };
  }

  /**
   * @param path of the result; null where the service sent none
   * @param now which run made it; null when that is not known
   * Throws `result-unreadable`, `result-incomplete` and `result-unexpected` like `readBcf`.
   */
  async judge(
    path: string | null,
    { baseline }: EarlierResult,
    now: RunOrigin | null,
    shown?: string,
  ): Promise<JudgedResult> {
    const content = path === null ? null : await readContent(path, this.#context.runtime.signal, shown);
    const topics = content === null ? [] : content.kind === 'bcf' ? content.document.topics : null;
    const comparison =
      this.#baseline === null || topics === null ? null : compareTopics(baseline?.topics ?? [], topics);
    const judged = judgedOf(content, comparison);
    const outcomes = this.#gates.map((gate) => judge(gate, judged, this.#settings));
    const problems = content?.kind === 'bcf' ? content.document.problems : [];
    const compared =
      comparison === null
        ? null
        : comparisonRecord(comparison, baseline?.path ?? null, originOf(baseline), now);
    const failure = gateFailure(outcomes);
    return {
      content,
      outcomes,
      comparison,
      compared,
      record: {
        topics: topics?.length ?? null,
        gates: gateRecords(outcomes),
        comparison: compared,
        problems: [...problems],
      },
      errors: [
        ...(problems.length === 0 ? [] : [incomplete(problems, shown ?? 'the result')]),
        ...(failure === null ? [] : [failure]),
      ],
    };
  }
}

function judgedOf(content: ResultContent | null, comparison: TopicComparison | null): Judged {
  if (content === null) return { kind: 'none', comparison };
  return content.kind === 'bcf' ? { kind: 'topics', topics: content.document.topics, comparison } : content;
}

function originOf(baseline: Baseline | null): RunOrigin | null {
  return baseline?.receipt ?? null;
}

const MOST_PROBLEMS = 20;

/** The error of a result of which parts cannot be read. */
function incomplete(problems: readonly BcfProblem[], shown: string): BimServiceError {
  const lines = problems
    .slice(0, MOST_PROBLEMS)
    .map(({ entry, message }) => `- ${cleanText(entry, 160)} ${message}`);
  if (problems.length > lines.length) lines.push(`and ${problems.length - lines.length} more`);
  const parts = problems.length === 1 ? '1 entry' : `${problems.length} entries`;
  return new BimServiceError('result-incomplete', `${cleanText(shown)}: ${parts} cannot be read`, {
    hint: lines.join('\n'),
    outcome: 'done',
  });
}
