// What became of the models of a command, as a table at its end.
import type { Context } from '../../context.js';
import { counted } from '../../durations.js';
import type { EndedRun } from '../../library/invoke/invoke-all.js';
import { withoutSubject } from '../../output/error-lines.js';
import { type Column, tableLines } from '../../output/table.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { lastSegment } from '../../protocol/text/cut.js';

/** What the table shows of a run. */
type SummaryRun = Pick<EndedRun, 'record' | 'error'>;

/** Of more models only those that are not done have a row. */
const MOST_ROWS = 40;

const COLUMNS: readonly Column[] = [
  { title: 'MODEL', kind: 'text', keep: 'end' },
  { title: 'OUTCOME', kind: 'copy' },
  { title: 'EXIT', kind: 'copy' },
  { title: 'RESULT', kind: 'text' },
];

/** Prints the table and the numbers on stderr and in the log. `total`: all models, also those that were not started. */
export async function printSummary(
  context: Context,
  runs: readonly SummaryRun[],
  total: number,
): Promise<void> {
  const rows = runs.length > MOST_ROWS ? runs.filter(({ error }) => error !== null) : runs;
  const { stderr } = context.runtime;
  const width = stderr.isTTY ? stderr.columns || 80 : Number.POSITIVE_INFINITY;
  const lines = rows.length === 0 ? [] : await tableLines(COLUMNS, rows.map(rowOf), width);
  for (const line of ['', ...lines, countsOf(runs, total)]) context.reporter.info(line);
}

function rowOf({ record, error }: SummaryRun): string[] {
  const { output, input } = record;
  const result =
    output === null
      ? 'nothing to report'
      : `${cleanText(lastSegment(output.path))} (${bytesText(output.bytes)})`;
  const model = cleanText(input.path);
  return [
    model,
    record.skipped ? 'skipped' : record.outcome,
    String(error?.exitCode ?? 0),
    error === null ? result : cleanText(withoutSubject(error.message.split('\n')[0] ?? '', model)),
  ];
}

function countsOf(runs: readonly SummaryRun[], total: number): string {
  const failed = runs.filter(({ error }) => error !== null).length;
  const waiting = total - runs.length;
  const skipped = runs.filter(({ record }) => record.skipped).length;
  const rest = [
    ...(skipped > 0 ? [`${skipped} of them before`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting > 0 ? [`${waiting} not started`] : []),
  ];
  return `${runs.length - failed} of ${counted(total, 'model')} done${rest.map((words) => `, ${words}`).join('')}.`;
}
