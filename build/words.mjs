// Refuses words that docs/glossary.md replaces (npm run check). A word is listed for the rooms that are free of it: add rooms, take none away.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Each room with the paths that belong to it. The glossary itself is in none: it names every word. */
const ROOMS = {
  src: /^src\//,
  test: /^test\//,
  docs: /^(docs\/|README\.md|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md|bench\/)/,
};
const TEXT = /\.(ts|mjs|cjs|js|php|sh|md)$/;
const NOT_READ = /^docs\/glossary\.md$|^src\/protocol\/generated\//;

const everywhere = Object.keys(ROOMS);
const WORDS = [
  { not: /\banswers?\b|\banswered\b/i, say: 'response (of a server), result, or reads', in: ['docs'] },
  // `reply` is the name of a field of NATS.
  { not: /(?<![{.] ?)\brepl(y|ies|ied)\b(?!:)/i, say: 'response', in: ['src', 'docs'] },
  { not: /verdict/i, say: 'response or outcome', in: everywhere },
  { not: /renew(s|ed|al|ing)?\b/i, say: 'refresh', in: everywhere },
  { not: /give ?back\b/i, say: 'revoke, return or release', in: everywhere },
  { not: /\breliev(e|es|ed|ing)\b/i, say: 'take over', in: everywhere },
  { not: /clear ?the ?way\b/i, say: 'close or discard', in: everywhere },
  { not: /\bnobody\b/i, say: 'no one', in: everywhere },
  { not: /in ?a ?row\b/i, say: 'in sequence, consecutive', in: everywhere },
  { not: /\ball the same\b/i, say: 'anyway', in: everywhere },
  { not: /\bgoes out\b/i, say: 'is sent, is printed', in: everywhere },
  { not: /\bchosen\b/i, say: 'selected', in: ['src', 'docs'] },
  { not: /\bplainly\b/i, say: 'say it without the word', in: everywhere },
  {
    not: /\b(whilst|amongst|thereof|whereby|heretofore|goodbye|for the train|by our doing|kin|lent)\b/i,
    say: 'a plain word',
    in: everywhere,
  },
  { not: /\b(whoever|whatever the)\b/i, say: 'any, every', in: everywhere },
  {
    not: /behaviour|favour|honour|neighbour|\bcolours?\b|licence\b|catalogue|\bspelt\b/i,
    say: 'American spelling',
    in: everywhere,
  },
  {
    not: /(normal|serial|recogn|organ|author|real)is(e|ed|es|ing|ation)\b/i,
    say: 'American spelling: -ize',
    in: everywhere,
  },
  {
    not: /\b(centre|grey|cancelled|cancelling|travelling|fulfil)\b/i,
    say: 'American spelling',
    in: everywhere,
  },
];

const files = ['.', 'src', 'test', 'docs', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((path) => TEXT.test(path) && !NOT_READ.test(path)),
);
const found = files.flatMap((file) => {
  const [room] = Object.entries(ROOMS).find(([, paths]) => paths.test(file)) ?? [];
  const words = WORDS.filter((word) => word.in.includes(room));
  if (words.length === 0) return [];
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return lines.flatMap((line, at) =>
    words.flatMap(({ not, say }) => {
      const match = not.exec(line);
      return match === null ? [] : [`${file}:${at + 1}: "${match[0]}": ${say} (docs/glossary.md)`];
    }),
  );
});
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
