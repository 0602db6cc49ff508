// Gates and comparison: reads the options, the earlier result and the result, and judges it.

import { resolve } from 'node:path';
import { compareTopics, type TopicComparison } from '../../core/findings/compare-topics.js';
import {
  type Change,
  type ComparisonRecord,
  changesIn,
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
import { type Baseline, isFolder, readBaseline, receiptOfResult } from '../../io/bcf/baseline.js';
import { type ResultContent, readContent } from '../../io/bcf/read-content.js';
import type { BcfProblem, BcfTopic } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { Client } from '../client/client.js';

export type { ResultContent };

export interface JudgeOptions {
  /** Gates, as `docs/gates.md` describes them, for example `new>0`. A result passes when it passes all of them. */
  failOn?: readonly string[];
  /** The earlier result: a result, its receipt, or a folder with receipts. */
  baseline?: string;
  /** The words for priorities, lowest first. */
  priorityOrder?: readonly string[];
  /** The words for a status that means closed. */
  closedStatus?: readonly string[];
}

/** A result that was judged. */
export interface JudgedResult {
  content: ResultContent | null;
  outcomes: GateOutcome[];
  comparison: TopicComparison | null;
  /** The change of each topic; empty without a comparison. */
  changes: ReadonlyMap<BcfTopic, Change>;
  compared: ComparisonRecord | null;
  record: FindingsRecord;
  /** `result-incomplete` where parts cannot be read, `gate` where a gate does not pass; both can be true. */
  errors: BimServiceError[];
}

/** The earlier result of a model, before the new one may take its place. */
export interface EarlierResult {
  baseline: Baseline | null;
}

/** Throws BimServiceError `usage` for a gate that is wrong. */
export function openJudge(client: Client, options: JudgeOptions): Judging {
  using ports = Client.call(client, undefined);
  const { baseline } = options;
  return new Judging(options, baseline === undefined ? null : resolve(ports.place.cwd, baseline));
}

/**
 * Reads a result and judges it. The model of an earlier result is found by the receipt beside `file`. `shown`: its name in messages.
 * Throws BimServiceErrors `result-unreadable`, `result-incomplete` and `result-unexpected`.
 */
export async function judgeFile(
  client: Client,
  judge: Judging,
  file: string,
  options: { signal?: AbortSignal } = {},
): Promise<JudgedResult> {
  using ports = Client.call(client, options.signal);
  const { signal } = ports;
  const path = resolve(ports.place.cwd, file);
  const now = judge.compares ? await receiptOfResult(path) : null;
  const earlier = await judge.earlier(now?.modelPath ?? null, signal);
  return await judge.judge(path, { earlier, now, signal }, file);
}

/** Gates and the comparison with an earlier result; `openJudge` makes one. */
export class Judging {
  readonly #gates: readonly Gate[];
  readonly #settings: GateSettings;
  readonly #baseline: string | null;

  /**
   * Throws `usage` for a gate that is wrong.
   *
   * @internal
   */
  constructor({ failOn = [], priorityOrder, closedStatus }: JudgeOptions, baseline: string | null) {
    this.#baseline = baseline;
    this.#settings = {
      priorityOrder: priorityOrder ?? null,
      closedStatuses: closedStatus ?? null,
      hasBaseline: baseline !== null,
    };
    this.#gates = readGates(failOn, this.#settings);
  }

  /** @internal */
  get compares(): boolean {
    return this.#baseline !== null;
  }

  /**
   * Throws `usage` where the earlier result is that of one model.
   * @internal
   */
  async checkFolder(): Promise<void> {
    if (this.#baseline === null || (await isFolder(this.#baseline))) return;
    throw new BimServiceError('usage', '--baseline FILE is the result of one model', {
      hint: 'For several models name a folder that has the receipts of the earlier run.',
    });
  }

  /**
   * Throws like `readBaseline`.
   * @param modelPath of the model as named; null when it is not known
   * @internal
   */
  async earlier(modelPath: string | null, signal: AbortSignal): Promise<EarlierResult> {
    if (this.#baseline === null) return { baseline: null };
    return { baseline: await readBaseline(this.#baseline, modelPath, signal) };
  }

  /**
   * @param path of the result; null where the service sent none
   * @param now which run made it; null when that is not known
   * Throws `result-unreadable`, `result-incomplete` and `result-unexpected` like `readBcf`.
   * @internal
   */
  async judge(
    path: string | null,
    {
      earlier: { baseline },
      now,
      signal,
    }: { earlier: EarlierResult; now: RunOrigin | null; signal: AbortSignal },
    shown?: string,
  ): Promise<JudgedResult> {
    const content = path === null ? null : await readContent(path, signal, shown);
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
      changes: changesIn(comparison),
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
