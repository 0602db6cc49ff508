// The pages of `help` that are not about one command: exit codes, environment, the format of a repository.
import { Help } from 'commander';
import { EXIT_CODES } from '../errors.js';
import { ENVIRONMENT } from './environment.js';
import { EXIT_STATUSES } from './exit-codes.js';

const REPOSITORY_FORMAT = `A repository is a JSON document that lists services. It is read from a URL, a file or stdin (-).

Forms:
  [ entry, ... ]                            a list of entries
  { "services": [ entry, ... ] }            the same in an object, as a server's /servicelist has it
  { "active": [ { "name", "listUrl" } ] }   servers with lists of their own

An entry:
  {
    "name": "Clash check",
    "description": "Finds clashes between walls and ducts",
    "provider": "Example",
    "inputs": ["IFC_STEP_2X3TC1", "IFC_STEP_4"],
    "outputs": ["BCF_ZIP_2_1"],
    "resourceUrl": "https://bim.example.org/services/clash",
    "oauth": {
      "registerUrl": "https://bim.example.org/oauth/register",
      "authorizationUrl": "https://bim.example.org/oauth/authorize",
      "tokenUrl": "https://bim.example.org/oauth/access"
    }
  }

name and resourceUrl are required. Without oauth the service is open: it takes models without a token.
Instead of the three addresses, an entry may have "issuer" (an OAuth server with metadata) or "foundationUrl" (OpenCDE).
"upload": "multipart" sends the model as the field "modelField" of a form, beside "fields".

Check a file of your own:
  bimservice list --strict --repository ./services.json`;

const TOPICS: Readonly<Record<string, (width: number) => string>> = {
  'exit-codes': (width) =>
    [
      'How a command ends. The codes are published and do not change; --json has the word as error.code.',
      ...EXIT_STATUSES.map(([status, name, meaning]) =>
        item(`${status} ${name}`, [meaning, wordsOf(status)].filter(Boolean).join(': '), 18, width),
      ),
    ].join('\n'),
  environment: (width) =>
    [
      'Precedence: option, environment, config.json, default.',
      ...ENVIRONMENT.map(([names, meaning]) => item(names.join(', '), meaning, 30, width)),
    ].join('\n'),
  'repository-format': () => REPOSITORY_FORMAT,
};

/** The page with that name for a terminal of `width` columns; undefined when there is none. */
export function helpTopic(name: string, width: number): string | undefined {
  return Object.hasOwn(TOPICS, name) ? TOPICS[name]?.(width) : undefined;
}

function wordsOf(status: number): string {
  return Object.entries(EXIT_CODES)
    .flatMap(([code, exit]) => (exit === status ? [code] : []))
    .join(', ');
}

/** A term and its description in two columns; a term that is too long gets a line of its own. */
function item(term: string, description: string, termWidth: number, width: number): string {
  const text = new Help().boxWrap(description, Math.max(20, width - termWidth - 2)).split('\n');
  const isLong = term.length > termWidth - 2;
  const lines = isLong ? ['', ...text] : text;
  return lines.map((line, at) => `  ${(at === 0 ? term : '').padEnd(termWidth)}${line}`.trimEnd()).join('\n');
}
