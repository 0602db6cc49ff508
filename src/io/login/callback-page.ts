// The pages that a person sees in the browser after the consent: fixed texts and the id of the service, no script, no external content (CASES B017).

import { createHash } from 'node:crypto';

export type CallbackPageKind = 'authorized' | 'denied' | 'failed' | 'wrong-state';

const TEXTS: Record<CallbackPageKind, { mark: string; title: string; lines: readonly string[] }> = {
  authorized: {
    mark: '✓',
    title: 'Access granted',
    lines: [
      'bimservice may now send models to this service.',
      'You can close this page and go back to the terminal.',
    ],
  },
  denied: {
    mark: '–',
    title: 'Access denied',
    lines: [
      'bimservice was not given permission, so nothing was stored.',
      'The terminal says how to try again.',
    ],
  },
  failed: {
    mark: '!',
    title: 'Not authorized',
    lines: [
      'The service responded, but access could not be obtained.',
      'The terminal says what went wrong and what to do next.',
    ],
  },
  'wrong-state': {
    mark: '?',
    title: 'This response is not for this login',
    lines: [
      'It belongs to an older login, or another page sent it. It was ignored.',
      'Use the address that the terminal shows now.',
    ],
  },
};

const STYLE = `
:root { color-scheme: light dark; --back: #f3f4f6; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d8dee4; --accent: #57606a; }
.authorized { --accent: #1a7f37; } .failed { --accent: #c2262e; } .wrong-state { --accent: #9a6700; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f1216; --card: #191e24; --text: #e8ebef; --soft: #a3adb8; --line: #30373f; --accent: #a3adb8; }
  .authorized { --accent: #4ac26b; } .failed { --accent: #ff7b80; } .wrong-state { --accent: #e0b04a; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { box-sizing: border-box; width: min(34rem, 100% - 2rem); margin: 1rem; padding: 2rem 2.25rem; background: var(--card);
  border: 1px solid var(--line); border-top: 4px solid var(--accent); border-radius: 8px; }
h1 { display: flex; align-items: center; gap: .75rem; margin: 0 0 1rem; font-size: 1.35rem; line-height: 1.3; font-weight: 600; }
.mark { flex: none; width: 2rem; height: 2rem; border-radius: 50%; background: var(--accent); color: var(--card);
  font-size: 1.1rem; font-weight: 700; line-height: 2rem; text-align: center; }
p { margin: .35rem 0 0; } p + p { color: var(--soft); }
footer { margin-top: 1.75rem; color: var(--soft); font-size: .85rem; }
`;

/** An id holds letters, digits, marks, `-` and `/`; other characters are left out. */
function shownId(service: string): string {
  return [...service]
    .filter((character) => /[\p{L}\p{N}\p{M}/-]/u.test(character))
    .slice(0, 100)
    .join('');
}

/** The page for `service` (an id) and its headers, without `Content-Length`. */
export function callbackPage(
  kind: CallbackPageKind,
  service: string,
): { html: string; headers: Record<string, string> } {
  const { mark, title, lines } = TEXTS[kind];
  const paragraphs = lines.map((line) => `<p>${line}</p>`).join('\n');
  const html = `<!doctype html>
<html lang="en" class="${kind}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – bimservice</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1><span class="mark" aria-hidden="true">${mark}</span>${title}</h1>
${paragraphs}
<footer>bimservice, on this computer. Service: ${shownId(service)}</footer>
</main>
</body>
</html>
`;
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return {
    html,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
  };
}
