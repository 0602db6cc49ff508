// The pages a person sees: consent, and what went wrong. Static, no script, one small stylesheet, light and dark.

import { createHash } from 'node:crypto';
import { escapeMarkup } from './escape.js';
import type { ResponseContent } from './http.js';
import { isLoopbackHost } from './redirect-uri.js';

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f2; --sheet: #fff; --ink: #1c2321; --soft: #55605c;
  --line: #d5dad6; --act: #0b6b57; --act-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --ground: #121615; --sheet: #1b211f; --ink: #e8edea;
  --soft: #a3afaa; --line: #37413d; --act: #5fcfb2; --act-ink: #06241c; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; min-height: 100vh; display: grid; place-items: center;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 32rem; padding: clamp(1.25rem, 5vw, 2.25rem); background: var(--sheet);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1.25rem; font-size: 1.4rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
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
button[value="allow"] { background: var(--act); border-color: var(--act); color: var(--act-ink); }
button:focus-visible, input:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
`;

export interface ServiceWords {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export interface ConsentPage {
  /** The form's one-time token. */
  readonly consent: string;
  readonly clientName: string;
  /** One: it is named; several: the person chooses. */
  readonly services: readonly ServiceWords[];
  readonly redirectUri: string;
  readonly hours: number;
}

/** The question to the person: who asks, for what, and where the answer goes. */
export function consentPage(page: ConsentPage): ResponseContent {
  const target = new URL(page.redirectUri);
  const [only, ...others] = page.services;
  const named = only !== undefined && others.length === 0 ? only : undefined;
  const client = escapeMarkup(page.clientName);
  const title =
    named === undefined ? `Let ${client} use a service?` : `Let ${client} use ${escapeMarkup(named.name)}?`;
  const where = isLoopbackHost(target.hostname) ? 'A program on this computer.' : 'Another computer.';
  const body = `<h1>${title}</h1>
<form method="post" action="/oauth/authorize">
<input type="hidden" name="consent" value="${escapeMarkup(page.consent)}">
<dl>
<div><dt>Who asks</dt><dd>${client}<small>It calls itself so; the name has not been checked.</small></dd></div>
${named === undefined ? '' : `<div><dt>For what</dt><dd>${words(named)}</dd></div>`}
<div><dt>What it may do</dt><dd>Send models to the service and read the results, for ${page.hours} hours.</dd></div>
<div><dt>Where the answer goes</dt><dd>${escapeMarkup(target.host)}<small>${where}</small></dd></div>
</dl>
${named === undefined ? choice(page.services) : ''}<div class="answers">
<button name="decision" value="deny" formnovalidate>Deny</button>
<button name="decision" value="allow">Allow</button>
</div>
</form>`;
  return pageReply(200, title, body, formTarget(target));
}

function words(service: ServiceWords): string {
  return `${escapeMarkup(service.name)}<small>${escapeMarkup(service.description)}</small>`;
}

function choice(services: readonly ServiceWords[]): string {
  const options = services.map(
    (service) =>
      `<label><input type="radio" name="service" value="${escapeMarkup(service.id)}" required><span>${words(service)}</span></label>`,
  );
  return `<fieldset><legend>For what</legend>\n${options.join('\n')}\n</fieldset>\n`;
}

/** A page that says what went wrong and what to do; `title` and `advice` are our own words. */
export function problemPage(status: number, title: string, advice: string): ResponseContent {
  return pageReply(
    status,
    escapeMarkup(title),
    `<h1>${escapeMarkup(title)}</h1>\n<p>${escapeMarkup(advice)}</p>`,
    '',
  );
}

/**
 * Browsers apply `form-action` to the redirect after a form too, so the client's address has to be in it. The grammar
 * of CSP has no IPv6 address: there the scheme alone is named.
 */
function formTarget(target: URL): string {
  return target.hostname.startsWith('[') ? target.protocol : target.origin;
}

function pageReply(status: number, title: string, body: string, formTarget: string): ResponseContent {
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
<main>
${body}
</main>
</body>
</html>
`,
  };
}
