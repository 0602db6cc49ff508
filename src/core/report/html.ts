// One self-contained page: it opens from a mail, prints, works without scripts, and loads nothing.
import { createHash } from 'node:crypto';
import { cleanText } from '../../protocol/text/clean-text.js';
import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import { SCRIPT, STYLE } from './html-parts.js';
import { type Report, type ReportedModel, type ReportedTopic, worstFirst } from './report.js';
import { factsOf, titleOf } from './topic-facts.js';

/** More GlobalIds of a topic than these are counted: they are all in the BCF. */
const MOST_IDS = 200;

/** The page. What is foreign is escaped; the policy forbids every script and address but our own. */
export function htmlText(report: Report): string {
  const topics = report.models.flatMap(({ topics: all }) => all);
  const open = topics.filter(({ isClosed }) => !isClosed).length;
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; img-src data:; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const title = `${open} open ${open === 1 ? 'topic' : 'topics'} in ${report.models.length} ${report.models.length === 1 ? 'model' : 'models'}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="bimservice ${escapeMarkup(report.version)}">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="soft">Written by bimservice ${escapeMarkup(report.version)} at <time datetime="${report.createdAt}">${report.createdAt.replace('T', ' ').slice(0, 16)} UTC</time></p>
${summary(report.models)}
${topics.length === 0 ? '' : filters(topics)}
</header>
<main>
${report.models.map(modelSection).join('\n')}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function summary(models: readonly ReportedModel[]): string {
  const rows = models.map(({ path, topics, gone, gates, error }, at) => {
    const count = (test: (topic: ReportedTopic) => boolean) => topics.filter(test).length;
    const held = gates.filter(({ state }) => state !== 'passed').length;
    const result =
      error !== null ? error.code : held > 0 ? `${held} of ${gates.length} gates not passed` : 'done';
    const cells = [
      count(({ isClosed }) => !isClosed),
      count(({ change }) => change === 'new'),
      gone.length,
      count(({ isClosed }) => isClosed),
    ];
    return `<tr><th scope="row"><a href="#model-${at}">${text(path)}</a></th>${cells.map((cell) => `<td>${cell}</td>`).join('')}<td class="${error !== null || held > 0 ? 'bad' : ''}">${text(result)}</td></tr>`;
  });
  return `<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">Model</th><th scope="col">Open</th><th scope="col">New</th><th scope="col">Gone</th><th scope="col">Closed</th><th scope="col">Result</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** Shown by the script: without it they would do nothing. */
function filters(topics: readonly ReportedTopic[]): string {
  const choice = (name: string, label: string, pick: (topic: ReportedTopic) => string | null) => {
    const values = [...new Set(topics.map((topic) => cleanText(pick(topic) ?? '', 60)))]
      .filter(Boolean)
      .sort();
    if (values.length < 2) return '';
    const options = values.map((value) => `<option>${escapeMarkup(value)}</option>`).join('');
    return `<label>${label} <select name="${name}"><option value="">all</option>${options}</select></label>`;
  };
  return `<form id="filters" hidden>
<label>Search <input type="search" name="search" autocomplete="off"></label>
${choice('level', 'Level', ({ level }) => level)}
${choice('status', 'Status', ({ topic }) => topic.status)}
${choice('type', 'Type', ({ topic }) => topic.type)}
${choice('priority', 'Priority', ({ topic }) => topic.priority)}
${choice('change', 'Change', ({ change }) => change)}
<output id="shown" aria-live="polite"></output>
</form>`;
}

function modelSection({ path, topics, gone, gates, error }: ReportedModel, at: number): string {
  const parts = [
    `<section id="model-${at}"><h2>${text(path)}</h2>`,
    error === null
      ? ''
      : `<p class="bad"><strong>${text(error.code)}</strong> ${text(error.message, 1000)}</p>`,
    gates.length === 0
      ? ''
      : `<ul class="gates">${gates.map(({ gate, state, reason }) => `<li class="${state === 'passed' ? '' : 'bad'}"><code>${text(gate)}</code> ${state === 'passed' ? 'passed' : state === 'found' ? 'found' : 'not checked'}: ${text(reason, 400)}</li>`).join('')}</ul>`,
    topics.length === 0 && error === null ? '<p>No topics.</p>' : '',
    ...worstFirst(topics).map(topicArticle),
    gone.length === 0
      ? ''
      : `<details><summary>${gone.length} of the earlier result are not in this one</summary><ul>${gone.map((topic) => `<li>${text(titleOf(topic))}</li>`).join('')}</ul></details>`,
    '</section>',
  ];
  return parts.filter(Boolean).join('\n');
}

function topicArticle({ topic, level, change, isClosed, picture }: ReportedTopic): string {
  const marks = [isClosed ? 'closed' : level, change].filter((mark): mark is string => mark !== null);
  const data = (name: string, value: string | null) =>
    value === null || value === '' ? '' : ` data-${name}="${text(value, 60)}"`;
  const facts = factsOf(topic).filter(([name]) => name !== 'GlobalIds');
  return `<article class="topic ${isClosed ? 'closed' : level}" data-level="${level}"${data('status', topic.status)}${data('type', topic.type)}${data('priority', topic.priority)}${data('change', change)}>
<h3>${text(titleOf(topic, 300), 300)} ${marks.map((mark) => `<span class="mark">${mark}</span>`).join(' ')}</h3>
${picture === null ? '' : `<img src="${picture}" alt="Picture of ${text(titleOf(topic, 80))}" loading="lazy">`}
${topic.description ? `<p class="description">${lines(topic.description)}</p>` : ''}
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${text(value, 2000)}</dd></div>`).join('')}${ids(topic.globalIds)}</dl>
${comments(topic.comments)}</article>`;
}

function ids(globalIds: readonly string[]): string {
  if (globalIds.length === 0) return '';
  const shown = globalIds
    .slice(0, MOST_IDS)
    .map((id) => `<code class="id">${text(id, 60)}</code>`)
    .join(' ');
  const more = globalIds.length - MOST_IDS;
  return `<div class="wide"><dt>GlobalIds</dt><dd>${shown}${more > 0 ? ` and ${more} more` : ''}</dd></div>`;
}

function comments(all: ReportedTopic['topic']['comments']): string {
  const said = all.filter((comment) => comment.text);
  if (said.length === 0) return '';
  const items = said.map(({ author, date, text: words }) => {
    const by = [author, date?.slice(0, 16).replace('T', ' ')].filter(Boolean).join(', ');
    return `<li><p>${lines(words ?? '')}</p>${by === '' ? '' : `<p class="soft">${text(by)}</p>`}</li>`;
  });
  return `<details><summary>${said.length} ${said.length === 1 ? 'comment' : 'comments'}</summary><ul>${items.join('')}</ul></details>\n`;
}

function text(foreign: string, limit = 200): string {
  return escapeMarkup(cleanText(foreign, limit));
}

/** Foreign text with its line ends. */
function lines(foreign: string): string {
  return foreign
    .slice(0, 20_000)
    .split(/\r\n|\r|\n/)
    .map((line) => text(line, 4000))
    .join('<br>');
}
