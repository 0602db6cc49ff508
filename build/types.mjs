// Finishes dist/types (npm run build). tsc writes a declaration for each source file: those that no one can reach from
// index.d.ts are removed, and so are references to pages about the protocol, which say nothing to a user of the package.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = fileURLToPath(new URL('../dist/types/', import.meta.url));
const reached = new Set();

visit(join(types, 'index.d.ts'));
for (const name of readdirSync(types, { recursive: true })) {
  const path = join(types, name);
  if (!name.endsWith('.d.ts')) continue;
  if (reached.has(path)) writeFileSync(path, withoutReferences(readFileSync(path, 'utf8')));
  else rmSync(path);
}

function visit(path) {
  if (reached.has(path)) return;
  if (!existsSync(path)) throw new Error(`${path} is imported, and was not written`);
  reached.add(path);
  for (const [, from] of readFileSync(path, 'utf8').matchAll(/(?:from |import\()["'](\.[^"']+)\.js["']/g))
    visit(join(dirname(path), `${from}.d.ts`));
}

/** `(PROTOCOL 1.7)` and `(..., CASES B061)` in comments. */
function withoutReferences(text) {
  const reference = String.raw`(?:P[R]OTOCOL|C[A]SES)\s[^;()]*`;
  return text
    .replace(new RegExp(String.raw`(?:\s*\n\s*\*)?\s*\(${reference}(?:;\s*([^()]*))?\)`, 'g'), (_, rest) =>
      rest ? ` (${rest})` : '',
    )
    .replace(new RegExp(String.raw`[,;]\s*(?:\n\s*\*\s*)?${reference}(?=\))`, 'g'), '')
    .replace(/ of P[R]OTOCOL \d+(?:\.\d+)?/g, ' of the protocol');
}
