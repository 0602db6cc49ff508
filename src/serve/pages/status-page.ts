// The page at `/`: the services and the load of this provider. It contains no secret, and no name of a client or model.

import { clockText } from '../../durations.js';
import { bytesText } from '../../protocol/text/clean-text.js';
import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import type { ResponseContent } from '../http/http.js';
import type { RecentRun } from '../runs/recent-runs.js';
import type { QueueCounts } from '../runs/run-queue.js';
import type { ServedService } from '../service/served-service.js';
import { pageResponse } from './page.js';

export interface Status {
  readonly services: readonly ServedService[];
  readonly counts: QueueCounts;
  readonly runs: readonly RecentRun[];
  readonly listUrl: string;
}

export function statusPage({ services, counts, runs, listUrl }: Status): ResponseContent {
  const title = 'A provider of BIM services';
  const list = escapeMarkup(listUrl);
  const body = `<h1>${title}</h1>
<p>Programs find the services at <a href="/servicelist">${list}</a>.</p>
<h2>Services</h2>
${table(
  'Services',
  ['Name', 'Takes', 'Returns'],
  services.map((service) => [
    `${escapeMarkup(service.name)}<small>${escapeMarkup(service.description)}</small>`,
    words(service.inputs, 'any model'),
    words(service.outputs, 'not said'),
  ]),
)}
<h2>Queue</h2>
<p>${counts.running} running, ${counts.waiting} waiting${counts.givenUp ? `, ${counts.givenUp} given up` : ''}.</p>
<h2>Last runs</h2>
${
  runs.length === 0
    ? '<p>There was no run since this provider was started.</p>'
    : table(
        'Last runs',
        ['Ended', 'Service', 'Model', 'Time', 'Outcome'],
        runs.map((run) => [
          short(new Date(run.endedAt).toISOString().replace(/\.\d+Z$/, 'Z')),
          escapeMarkup(run.service),
          short(bytesText(run.bytes)),
          short(run.ms < 1000 ? `${run.ms} ms` : clockText(run.ms)),
          run.ok ? 'done' : 'failed',
        ]),
      )
}`;
  return pageResponse({ status: 200, title, body, wide: true });
}

function words(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.map(escapeMarkup).join('<br>');
}

/** Text that stays on one line. */
function short(text: string): string {
  return `<span class="short">${escapeMarkup(text)}</span>`;
}

/**
 * A table; cells are markup. On a narrow screen each row is a list with the heads beside its cells, which the style does. `label` is
 * read out where the keyboard comes to the table, which it has to scroll.
 */
function table(label: string, heads: readonly string[], rows: readonly string[][]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('');
  const lines = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, column) => `<td data-head="${heads[column]}">${cell}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table></div>`;
}
