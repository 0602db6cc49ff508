// `--report KIND=FILE`, of every command that reads results.
import { Option } from 'commander';
import { nearest } from '../core/repository/nearest.js';
import { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';

export interface ReportRequest {
  /** `junit`, `sarif`, `markdown`, `gitlab`, `html` or `github`. */
  kind: string;
  /** As typed; null for `github`, which has its own places. */
  file: string | null;
}

const KINDS = ['junit', 'sarif', 'markdown', 'gitlab', 'html', 'github'];

export function reportOption(): Option {
  return new Option(
    '--report <kind=file>',
    'write a report: junit, sarif, markdown, gitlab or html=FILE, or github for annotations and the step summary (repeatable)',
  ).argParser((text, earlier: ReportRequest[] = []) => [...earlier, request(text, earlier)]);
}

function request(text: string, earlier: readonly ReportRequest[]): ReportRequest {
  const at = text.indexOf('=');
  const kind = at === -1 ? text : text.slice(0, at);
  const file = at === -1 ? null : text.slice(at + 1);
  if (!KINDS.includes(kind)) {
    const [close] = nearest(kind, KINDS);
    const hint = close === undefined ? `One of: ${KINDS.join(', ')}` : `Did you mean ${close}?`;
    throw new BimServiceError('usage', `there is no report "${cleanText(kind, 40)}"`, { hint });
  }
  if (kind === 'github' ? file !== null : !file)
    throw new BimServiceError(
      'usage',
      kind === 'github' ? '--report github takes no file' : `--report ${kind} needs a file`,
      { hint: kind === 'github' ? '--report github' : `--report ${kind}=FILE` },
    );
  if (earlier.some((other) => file !== null && other.file === file))
    throw new BimServiceError('usage', `two reports have the file ${cleanText(file ?? '', 200)}`, {
      hint: 'Give each report a file of its own',
    });
  return { kind, file };
}
