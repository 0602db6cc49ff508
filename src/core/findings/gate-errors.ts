// Turns what gates say into errors for a person: where a gate is wrong, and which gates did not pass.

import { BimServiceError } from '../../errors.js';
import type { BcfTopic } from '../../protocol/bcf/topic.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { type Gate, GateError, type GateSettings } from './gate.js';
import type { GateOutcome } from './outcome.js';
import { parseGate } from './parse-gate.js';

/** The grammar. An installation may have no docs folder, so it is an address. */
const ABOUT_GATES = 'https://github.com/bimservice/bimservice/blob/main/docs/gates.md';

/** The gates of `--fail-on`. Throws `usage` that points at the character. */
export function readGates(texts: readonly string[], settings: GateSettings): Gate[] {
  return texts.map((text) => {
    try {
      return parseGate(text, settings);
    } catch (error) {
      if (error instanceof GateError) throw usageError(text, error);
      throw error;
    }
  });
}

/** The longest part of a gate that is shown on each side of the character. */
const AROUND = 50;

function usageError(text: string, { message, at, advice }: GateError): BimServiceError {
  const start = Math.max(0, at - AROUND);
  // A character that is not shown as itself must not move the mark.
  const shown = text.slice(start, at + AROUND).replace(/[^\P{C}\p{Co}]|[\u2028\u2029]/gu, ' ');
  const mark = `${' '.repeat([...shown.slice(0, at - start)].length)}^`;
  const lines = [shown.trimEnd(), mark, ...(advice === null ? [] : [advice]), `More: ${ABOUT_GATES}`];
  return new BimServiceError('usage', `--fail-on: ${cleanText(message, 200)}, at character ${at + 1}`, {
    hint: lines.join('\n'),
  });
}

const MOST_TOPICS = 10;

/** The error of a result that gates do not let pass; null when all pass. */
export function gateFailure(outcomes: readonly GateOutcome[]): BimServiceError | null {
  const stopped = outcomes.filter(({ state }) => state !== 'passed');
  const [first] = stopped;
  if (first === undefined) return null;
  const said = stopped.map(({ gate, state, reason }) =>
    state === 'found'
      ? `the gate ${cleanText(gate, 120)} found a match: ${reason}`
      : `the gate ${cleanText(gate, 120)} could not be checked: ${reason}`,
  );
  const topics = [...new Set(stopped.flatMap((outcome) => outcome.topics))];
  const lines = topics.slice(0, MOST_TOPICS).map(topicLine);
  if (topics.length > lines.length) lines.push(`and ${topics.length - lines.length} more`);
  return new BimServiceError('gate', said.join('; '), {
    outcome: 'done',
    ...(lines.length === 0 ? {} : { hint: lines.join('\n') }),
  });
}

/** One topic as a line: title, state, and the first GlobalIds. */
function topicLine({ title, status, type, priority, globalIds }: BcfTopic): string {
  const state = [type, status, priority].filter((word) => word).map((word) => cleanText(word ?? '', 40));
  const ids = globalIds.slice(0, 3).map((id) => cleanText(id, 40));
  const more = globalIds.length > ids.length ? ` and ${globalIds.length - ids.length} more` : '';
  const brackets = state.length === 0 ? '' : ` (${state.join(', ')})`;
  return `- ${cleanText(title ?? 'no title', 100)}${brackets}${ids.length === 0 ? '' : ` ${ids.join(' ')}${more}`}`;
}
