// What gates and comparison found, as lines for a person. A gate that does not pass is an error and has its own lines.
import type { ComparisonRecord, FindingsRecord } from '../../core/findings/findings-record.js';
import { cleanText } from '../../protocol/text/clean-text.js';

/** A line for the comparison, and one for each gate that passed. `name`: the result or the model. */
export function findingsLines(name: string, { comparison, gates }: FindingsRecord): string[] {
  return [
    ...(comparison === null ? [] : [`${name}: ${comparisonText(comparison)}`]),
    ...gates
      .filter(({ state }) => state === 'passed')
      .map(({ gate, reason }) => `${name}: the gate ${cleanText(gate, 120)} passed: ${reason}`),
  ];
}

function comparisonText(compared: ComparisonRecord): string {
  const { new: added, persisting, gone, resolved, note, baseline } = compared;
  const away = resolved === null ? `${gone} not in this result` : `${resolved} resolved`;
  const why = gone > 0 && note !== null ? ` (not called resolved: ${note})` : '';
  const none = baseline === null ? '; there is no earlier result of this model' : '';
  return `${added} new, ${persisting} persisting, ${away}${why}${none}`;
}
