// The common parts of every page: one small stylesheet for light and dark, no script, and headers that keep it private.

import { createHash } from 'node:crypto';
import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import type { ResponseContent } from '../http/http.js';

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f2; --sheet: #fff; --ink: #1c2321; --soft: #55605c;
  --line: #d5dad6; --act: #0b6b57; --act-ink: #fff; --bad: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --ground: #121615; --sheet: #1b211f; --ink: #e8edea;
  --soft: #a3afaa; --line: #37413d; --act: #5fcfb2; --act-ink: #06241c; --bad: #ff9a90; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; min-height: 100vh; display: grid; place-items: center;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; min-width: 0; max-width: 32rem; padding: clamp(1.25rem, 5vw, 2.25rem); background: var(--sheet);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1.25rem; font-size: 1.4rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
a { color: var(--act); }
dl { margin: 0 0 1.5rem; border-top: 1px solid var(--line); }
dl > div { padding: .75rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; }
small { display: block; color: var(--soft); font-size: .875rem; }
fieldset { margin: 0 0 1.5rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
legend { padding: 0 .25rem; color: var(--soft); font-size: .875rem; }
label { display: flex; gap: .75rem; align-items: baseline; padding: .35rem 0; }
.answers { display: flex; gap: .75rem; }
button { flex: 1; min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
input[type="text"], input[type="password"] { width: 100%; min-height: 2.75rem; padding: .5rem .75rem;
  border: 1px solid var(--line); border-radius: .5rem; background: var(--ground); color: inherit; font: inherit; }
.field { display: block; padding: 0 0 .75rem; }
.field + .answers { margin-top: .5rem; }
.fault { padding: .6rem .9rem; border-left: 4px solid var(--bad); background: var(--ground); }
.copy { font: .95rem/1.5 ui-monospace, monospace; }
main.wide { max-width: 60rem; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; overflow-wrap: normal; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td small { overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.short { white-space: nowrap; font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { padding: .15rem 0; border: 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-head); display: block; color: var(--soft); font-size: .8rem; } }
button[value="allow"] { background: var(--act); border-color: var(--act); color: var(--act-ink); }
button:focus-visible, input:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
`;

export interface Page {
  readonly status: number;
  /** Markup. */
  readonly title: string;
  /** Markup. */
  readonly body: string;
  /** Another origin that forms of the page may be redirected to, for `form-action`. */
  readonly formTarget?: string;
  readonly wide?: boolean;
}

/** The response for a page: never cached, never framed, and without scripts. */
export function pageResponse({ status, title, body, formTarget = '', wide = false }: Page): ResponseContent {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': [
        "default-src 'none'",
        `style-src 'sha256-${styleHash}'`,
        `form-action 'self' ${formTarget}`.trim(),
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ].join('; '),
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main${wide ? ' class="wide"' : ''}>
${body}
</main>
</body>
</html>
`,
  };
}

/** A page that says what went wrong and what to do; `title` and `advice` are fixed texts. `back`: a link below them. */
export function problemPage(
  status: number,
  title: string,
  advice: string,
  back: { readonly href: string; readonly words: string } | null = null,
): ResponseContent {
  const link =
    back === null ? '' : `\n<p><a href="${escapeMarkup(back.href)}">${escapeMarkup(back.words)}</a></p>`;
  const body = `<h1>${escapeMarkup(title)}</h1>\n<p>${escapeMarkup(advice)}</p>${link}`;
  return pageResponse({ status, title: escapeMarkup(title), body });
}
