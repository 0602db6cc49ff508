// Every regular expression of the source takes linear time, whatever text it meets (npm run check). Many of them read what
// others wrote, and a list of 1 MB could otherwise hang the program. What was found safe is remembered in node_modules.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { checkSync } from 'recheck';
import { parseAst } from 'rolldown/parseAst';

const SRC = new URL('../src/', import.meta.url);
const CACHE = new URL('../node_modules/.cache/bimservice-patterns.json', import.meta.url);

/** Checked by hand, with the reason: the checker takes too long for them, or sees more than there is. */
const KNOWN_SAFE = new Map([
  [
    '-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----',
    'a part between two fixed texts that it cannot match itself',
  ],
  [
    'Proxy response \\((\\d+)\\)|Proxy Authentication Required \\((407)\\)',
    'fixed texts, and digits between brackets',
  ],
]);

/** Longest time (ms) for one pattern. */
const TIMEOUT = 20_000;

function patternsOf(path) {
  const text = readFileSync(new URL(path, SRC), 'utf8');
  const found = [];
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(visit);
    const line = () => text.slice(0, node.start).split('\n').length;
    if (node.type === 'Literal' && node.regex) found.push({ at: `src/${path}:${line()}`, ...node.regex });
    if (node.type === 'NewExpression' && node.callee?.name === 'RegExp')
      found.push({ at: `src/${path}:${line()}`, pattern: null });
    for (const [key, value] of Object.entries(node)) if (key !== 'regex') visit(value);
  };
  visit(parseAst(text, { lang: 'ts' }));
  return found;
}

const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
let safe;
try {
  safe = new Set(JSON.parse(readFileSync(CACHE, 'utf8')));
} catch {
  safe = new Set();
}
const faults = [];
const seen = new Set();
for (const { at, pattern, flags } of paths.flatMap(patternsOf)) {
  if (pattern === null) {
    faults.push(`${at}: a pattern that is made at run time cannot be checked`);
    continue;
  }
  const key = `/${pattern}/${flags}`;
  if (KNOWN_SAFE.has(pattern)) continue;
  if (!safe.has(key)) {
    const { status, complexity } = checkSync(pattern, flags, { timeout: TIMEOUT });
    if (status !== 'safe') {
      faults.push(`${at}: ${key} is ${status}${complexity ? ` (${complexity.summary})` : ''}`);
      continue;
    }
  }
  seen.add(key);
}
mkdirSync(new URL('.', CACHE), { recursive: true });
writeFileSync(CACHE, JSON.stringify([...seen]));
if (faults.length > 0) {
  console.error(`error: patterns that may take more than linear time:\n  ${faults.join('\n  ')}`);
  process.exitCode = 1;
}
