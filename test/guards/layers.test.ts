// The import direction of docs/architecture.md, as data: what each layer may know of the others, of packages and of Node,
// and what each folder may know of its neighbors. No import goes upward, and there are no circles.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path/posix';
import { expect, test } from 'vitest';

const SRC = new URL('../../src/', import.meta.url);

interface Layer {
  /** Layers and single files of the project; `TYPES:` in front when only `import type` is allowed. */
  ours: string[];
  packages?: string[];
  /** Node's modules without `node:`; `*` for any. */
  node?: string[];
}

/** Words every layer speaks. */
const GROUND = ['errors', 'error-shape', 'secret', 'durations', 'deadline', 'abort', 'at-once'];

const LAYERS: Readonly<Record<string, Layer>> = {
  errors: { ours: [] },
  secret: { ours: [] },
  durations: { ours: ['errors'] },
  abort: { ours: ['errors'] },
  'at-once': { ours: [] },
  deadline: { ours: ['abort'] },
  'small-programs': { ours: [], node: ['fs', 'sea', 'url'] },
  'process-ends': { ours: ['errors', 'TYPES:core/ports'] },
  'error-shape': { ours: ['errors', 'secret', 'protocol/text'] },
  // No I/O. `module` finds the published schema of an entry; `crypto` computes.
  protocol: {
    ours: ['protocol', 'errors', 'secret'],
    packages: ['@noble/hashes', 'ajv', 'json5', 'sax'],
    node: ['crypto', 'module', 'util'],
  },
  core: {
    ours: ['core', 'protocol', ...GROUND],
    packages: ['leven'],
    node: ['crypto', 'timers', 'util'],
  },
  io: {
    ours: ['io', 'protocol', 'TYPES:core/ports', 'small-programs', ...GROUND],
    packages: [
      '@inquirer/prompts',
      '@napi-rs/keyring',
      'chokidar',
      'conf',
      'env-paths',
      'http-proxy-agent',
      'https-proxy-agent',
      'open',
      'ora',
      'string-width',
      'tinyglobby',
      'undici',
      'ws',
      'yauzl',
    ],
    node: ['*'],
  },
  serve: {
    ours: ['serve', 'protocol', 'TYPES:core/ports', 'small-programs', ...GROUND],
    packages: [
      '@nats-io/jetstream',
      '@nats-io/kv',
      '@nats-io/transport-node',
      'better-sqlite3',
      'jsonc-parser',
      'prom-client',
      'rate-limiter-flexible',
      'shlex',
      'ws',
      'yazl',
    ],
    node: ['*'],
  },
  // How text is shown: tables, error lines, colors.
  output: {
    ours: ['output', 'protocol', ...GROUND],
    packages: ['chalk', 'string-width'],
  },
  // The functions that programs and our own commands call: use-cases, bound to adapters.
  library: {
    ours: ['library', 'core', 'io', 'protocol', 'version', ...GROUND],
    node: ['crypto', 'fs', 'os', 'path', 'process', 'tls'],
  },
  // `serve` for the demo. `path` computes.
  commands: {
    ours: [
      'commands',
      'library',
      'core',
      'io',
      'serve',
      'protocol',
      'output',
      'context',
      'TYPES:runtime',
      ...GROUND,
    ],
    node: ['path'],
  },
  cli: {
    ours: [
      'cli',
      'commands',
      'output',
      'context',
      'protocol',
      'core/repository/nearest',
      'TYPES:runtime',
      ...GROUND,
    ],
    packages: ['commander'],
  },
  // Joins the layers for a run.
  context: {
    ours: ['io', 'core', 'library', 'protocol', 'output', 'TYPES:runtime', ...GROUND],
    node: ['path'],
  },
  runtime: { ours: ['TYPES:core/ports', 'TYPES:io'] },
  index: { ours: ['library', 'TYPES:core', 'TYPES:error-shape', 'protocol', 'errors', 'secret'] },
  version: { ours: [] },
  // Small programs of their own.
  'check-update': { ours: ['core/updates', 'io'], node: ['child_process'] },
  'run-commands': {
    ours: ['serve/runs', 'serve/small-heap', 'TYPES:serve/service', 'errors', 'process-ends'],
  },
  'hold-page': { ours: ['io/login'], node: ['crypto', 'fs', 'http', 'net'] },
  // Runs the bundle from memory, in the one-file program.
  'chunk-loader': { ours: [], node: ['module', 'path', 'vm'] },
  // The start of the one-file program.
  'single-file': { ours: ['chunk-loader', 'small-programs', 'TYPES:runtime'], node: ['fs', 'sea'] },
  // Builds the runtime; `fs` reads the version of the package.
  main: { ours: ['cli', 'io', 'errors', 'process-ends', 'TYPES:runtime'], node: ['crypto', 'events', 'fs'] },
};

/** Which folders of its own layer a folder may import; each may import itself, and every folder has a line. */
const FOLDERS: Readonly<Record<string, string[]>> = {
  'protocol/text': [],
  'protocol/content': ['text'],
  'protocol/bcf': ['text'],
  'protocol/generated': [],
  'protocol/repository': ['text', 'generated'],
  'protocol/oauth': ['text', 'repository'],
  'protocol/invocation': ['text', 'content', 'dialects'],
  'protocol/dialects': ['text', 'content', 'repository', 'oauth'],
  'core/ports': [],
  'core/repository': ['ports'],
  'core/credentials': ['ports'],
  'core/authorization': ['ports', 'repository', 'credentials'],
  'core/invocation': ['ports', 'repository', 'authorization', 'findings'],
  'core/report': ['findings'],
  'core/doctor': ['ports', 'repository', 'authorization', 'invocation'],
  'core/findings': ['repository'],
  'core/watch': ['ports', 'invocation'],
  'core/updates': ['ports'],
  'core/bimserver': ['ports'],
  'io/files': [],
  'io/bcf': ['files'],
  'io/http': ['files'],
  'io/login': ['files'],
  'io/terminal': [],
  'io/updates': ['files'],
  'io/model': ['files'],
  'io/result': ['files'],
  'io/store': ['files'],
  'io/watch': ['files', 'model', 'result'],
  'serve/service': [],
  'serve/store': [],
  'serve/http': ['service'],
  'serve/checks': ['service'],
  'serve/runs': ['service', 'store', 'http'],
  'serve/pages': ['service', 'http', 'runs'],
  'serve/oauth': ['service', 'store', 'http', 'pages'],
  'serve/config': ['service', 'store', 'runs'],
  'serve/nats': ['service', 'store', 'runs', 'oauth'],
  serve: ['service', 'store', 'http', 'checks', 'runs', 'pages', 'oauth', 'config', 'nats'],
  'library/client': [],
  'library/services': ['client'],
  'library/consent': ['client', 'services'],
  'library/bcf': ['client'],
  'library/invoke': ['client', 'services', 'consent', 'bcf'],
  'library/watch': ['client', 'bcf', 'invoke'],
  'cli/completion': [],
  cli: ['completion'],
  'commands/shared': [],
  'commands/serve': ['shared'],
  'commands/watch': ['shared'],
  commands: ['shared', 'serve', 'watch'],
};

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort();

const STATEMENT =
  /^(?:import|export)\s+(?<type>type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'(?<from>[^']+)';|\bimport\('(?<lazy>[^']+)'\)/gm;

interface Import {
  from: string;
  typeOnly: boolean;
}

function importsOf(source: string): Import[] {
  return [...source.matchAll(STATEMENT)].map(({ groups }) => ({
    from: groups?.from ?? groups?.lazy ?? '',
    typeOnly: groups?.type !== undefined,
  }));
}

const IMPORTS = new Map(
  FILES.map((path) => [path, importsOf(readFileSync(new URL(path, SRC), 'utf8'))] as const),
);

/** `core/ports` for `../core/ports.js` in `io/http.ts`. */
function ownFile(from: string, importer: string): string {
  return new URL(from, `file:///${importer}`).pathname.slice(1).replace(/\.js$/, '');
}

function isAllowed({ from, typeOnly }: Import, importer: string, layer: Layer): boolean {
  if (from.startsWith('node:')) {
    const [, name = ''] = /^node:([^/]+)/.exec(from) ?? [];
    return layer.node?.some((allowed) => allowed === '*' || allowed === name) ?? false;
  }
  if (!from.startsWith('.')) {
    const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/');
    return layer.packages?.includes(name) ?? false;
  }
  const file = ownFile(from, importer);
  return layer.ours.some((rule) => {
    const allowed = rule.replace(/^TYPES:/, '');
    return (file === allowed || file.startsWith(`${allowed}/`)) && (typeOnly || allowed === rule);
  });
}

/** False when a file imports a folder of its own layer that its folder may not import. */
function isNeighbor(from: string, importer: string): boolean {
  if (!from.startsWith('.')) return true;
  const [own, other] = [dirname(importer), dirname(ownFile(from, importer))];
  const [layer = ''] = own.split('/');
  if (other === own || other.split('/', 1)[0] !== layer) return true;
  return FOLDERS[own]?.some((name) => `${layer}/${name}` === other) ?? false;
}

/** The first circle in `graph`, as the path from a node back to itself; null when there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle !== null) return circle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle !== null) return circle;
  }
  return null;
}

test.each(FILES)('%s imports only what its layer and its folder may know', (path) => {
  const name = path.replace(/\/.*|\.ts$/g, '');
  const layer = LAYERS[name];
  if (layer === undefined)
    throw new Error(`${path} belongs to no layer: give it one here and in docs/architecture.md`);
  const wrong = (IMPORTS.get(path) ?? []).filter(
    (each) => !isAllowed(each, path, layer) || !isNeighbor(each.from, path),
  );
  expect(wrong).toEqual([]);
});

test('no file imports itself by way of others, types included', () => {
  const graph = [...IMPORTS].map(([path, imports]) => {
    const ours = imports.filter(({ from }) => from.startsWith('.'));
    return [path.replace(/\.ts$/, ''), ours.map(({ from }) => ownFile(from, path))] as const;
  });
  expect(circleIn(new Map(graph))).toBeNull();
});

test('no layer may import upward: the lines of layers make no circle', () => {
  const graph = Object.entries(LAYERS).map(([name, { ours }]) => {
    const others = ours.map((rule) => rule.replace(/^TYPES:|\/.*/g, ''));
    return [name, others.filter((other) => other !== name)] as const;
  });
  expect(circleIn(new Map(graph))).toBeNull();
});

test('every folder inside a layer has a line, and the lines make no circle', () => {
  const folders = [...new Set(FILES.map((path) => dirname(path)))].filter((path) => path.includes('/'));
  expect(folders.filter((path) => FOLDERS[path] === undefined)).toEqual([]);
  const graph = Object.entries(FOLDERS).map(([path, names]) => {
    const [layer = ''] = path.split('/');
    return [path, names.map((name) => `${layer}/${name}`)] as const;
  });
  expect(circleIn(new Map(graph))).toBeNull();
});

/** `process.env`, `= process;`, `f(process)`, `node:process`; a sentence may say the word. */
const NAMES_PROCESS = /\bprocess\??\.\w|[=(,:]\s*process\s*[;,)]|node:process/;

test('only programs and two files name process, and nothing ends the main one', () => {
  const naming = FILES.filter((path) => NAMES_PROCESS.test(readFileSync(new URL(path, SRC), 'utf8')));
  expect(naming).toEqual([
    'check-update.ts',
    'hold-page.ts',
    'library/client/host.ts',
    'main.ts',
    'process-ends.ts',
    'run-commands.ts',
    'single-file.ts',
  ]);
  expect(readFileSync(new URL('main.ts', SRC), 'utf8')).not.toMatch(/process\.exit\(/);
});

test('this guard sees what it is here to see', () => {
  const source = `import { a } from 'undici';\nimport type {\n  B,\n} from '../io/b.js';\nexport * from './c.js';\nawait import('node:fs');\n`;
  expect(importsOf(source)).toEqual([
    { from: 'undici', typeOnly: false },
    { from: '../io/b.js', typeOnly: true },
    { from: './c.js', typeOnly: false },
    { from: 'node:fs', typeOnly: false },
  ]);
  const protocol = LAYERS.protocol ?? { ours: [] };
  for (const from of ['node:fs/promises', 'undici', '../io/http.js', '../core/ports.js', '../main.js'])
    expect(isAllowed({ from, typeOnly: true }, 'protocol/x.ts', protocol), from).toBe(false);
  const io = LAYERS.io ?? { ours: [] };
  expect(isAllowed({ from: '../core/ports.js', typeOnly: true }, 'io/x.ts', io)).toBe(true);
  expect(isAllowed({ from: '../core/invoke.js', typeOnly: false }, 'io/x.ts', io)).toBe(false);
  expect(isNeighbor('../model/zip.js', 'io/result/x.ts')).toBe(false);
  expect(isNeighbor('../files/zip.js', 'io/result/x.ts')).toBe(true);
  const circle = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', []],
    ['d', ['b']],
  ]);
  expect(circleIn(circle)).toEqual(['b', 'd', 'b']);
  for (const code of ['process.env.X', 'const { env } = process;', 'run(process)', "'node:process'"])
    expect(NAMES_PROCESS.test(code), code).toBe(true);
  expect(NAMES_PROCESS.test('// Another process. It waits for the process, and ends.')).toBe(false);
});
