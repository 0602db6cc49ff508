// The exit codes as help shows them: all of them in `help exit-codes`, and those of one command in its own help.

/** Exit status, name and meaning. The table of the README has the same words; its codes are in `EXIT_CODES`. */
export const EXIT_STATUSES: ReadonlyArray<readonly [status: number, name: string, meaning: string]> = [
  [0, 'done', 'all went well'],
  [1, 'internal', 'a defect of bimservice'],
  [2, 'usage', 'wrong arguments, or input that is needed but cannot be requested'],
  [
    3,
    'repository',
    'no such service, or several; a repository that is missing or not valid; an unsafe address',
  ],
  [4, 'authorization', 'not registered, not authorized, denied, expired, refused'],
  [5, 'network', 'not reached; nothing was sent; safe to repeat'],
  [6, 'service', 'the service refused, failed, reported an error or sent an unusable response'],
  [7, 'local', 'a local file, folder, port or disk'],
  [
    8,
    'result',
    'the result is incomplete, empty or not what was requested or promised; what arrived is kept as NAME.rejected',
  ],
  [
    9,
    'unknown',
    'the job may have run: the connection was lost, the deadline passed or a gateway stopped waiting (502, 504) after the model was sent, or the service only accepted it (202)',
  ],
  [10, 'gate', 'everything worked, and a gate (--fail-on) found a match or could not check the result'],
  [130, 'interrupted', 'Ctrl-C'],
  [143, 'terminated', 'SIGTERM'],
];

const LOCAL = [2, 7];
const LISTS = [2, 3, 5, 7];
/** With --nats also what NATS may refuse. */
const SERVER = [2, 3, 4, 5, 7];
const PROVIDER = [2, 3, 4, 5, 6, 7];
const RUN = [2, 3, 4, 5, 6, 7, 8, 9];
const GATE = 10;

/** How each command can end, beside 0, 1 and a signal. */
const BY_COMMAND: Readonly<Record<string, readonly number[]>> = {
  list: LISTS,
  'repository add': LISTS,
  'repository remove': LOCAL,
  'repository list': LOCAL,
  'repository check': LISTS,
  register: PROVIDER,
  authorize: PROVIDER,
  token: PROVIDER,
  'config set': LOCAL,
  'config get': LOCAL,
  status: [2, 3, 4, 5, 7],
  logout: PROVIDER,
  invoke: [...RUN, GATE],
  watch: [...RUN, 10],
  demo: RUN,
  bcf: [...LOCAL, 8, GATE],
  serve: SERVER,
  'serve user': SERVER,
  'serve client': SERVER,
  'serve token': SERVER,
  'serve backup': LOCAL,
  'serve jobs': SERVER,
  worker: SERVER,
  doctor: PROVIDER,
  completion: [2],
  help: [2],
};

/** The lines below the help of the command with that path (`repository add`); empty for a group of commands. */
export function exitCodesOf(path: string): string {
  const named = BY_COMMAND[path];
  if (named === undefined) return '';
  const words = [0, ...named].map((status) => `${status} ${nameOf(status)}`);
  return `\nExit codes (more: bimservice help exit-codes):\n${wrapCodes(words).join('\n')}`;
}

/** Lines of at most 80 columns, as the other parts of a help text have. */
function wrapCodes(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ''}   ${word}`;
    if (lines.length > 0 && longer.length <= 80) lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines;
}

function nameOf(status: number): string {
  return EXIT_STATUSES.find(([each]) => each === status)?.[1] ?? '';
}
