// Records what V8 compiles of the chunks while common commands run, so that the one-file program starts with compiled code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { roll } from './roll.mjs';

/** The longest time of one command, ms. */
const RUN_MS = 120_000;

/** Compiles the chunks in `work/code` with `node` into `work/compiled`. */
export async function recordCode(node, work) {
  const recorder = join(work, 'record.cjs');
  await roll('build/record-entry.mjs', { file: recorder, format: 'cjs', sourcemap: false });
  const home = join(work, 'home');
  mkdirSync(home);
  const server = createServer((_, response) => response.end(JSON.stringify(services())));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    for (const { words, input = '', exitCode = 0 } of runs(
      `http://127.0.0.1:${server.address().port}/list`,
    )) {
      const child = spawn(node, [recorder, work, ...words], {
        cwd: home,
        env: environment(home),
        stdio: ['pipe', 'ignore', 'pipe'],
        timeout: RUN_MS,
      });
      child.stdin.end(input);
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      if (status !== exitCode)
        throw new Error(`recording "bimservice ${words.join(' ')}" ended with ${status}\n${stderr}`);
    }
  } finally {
    server.close();
  }
}

/** First all chunks, then commands: each run adds the functions that it calls. */
function runs(list) {
  return [
    { words: [] },
    { words: ['--help'] },
    { words: ['invoke', '--help'] },
    { words: ['no-such-command'], exitCode: 2 },
    { words: ['demo', '--no-browser', '-o', 'demo'] },
    { words: ['bcf', 'demo/duplicate-guids.bcf'] },
    { words: ['repository', 'add', list] },
    { words: ['list'] },
    // Again, from the copy that is kept of the list.
    { words: ['list'] },
    { words: ['list', '--json'] },
    { words: ['token', 'service-1', '--set', '-'], input: 'a-token' },
    { words: ['status'] },
    { words: ['completion', 'bash'] },
  ];
}

function services() {
  return Array.from({ length: 20 }, (_, n) => ({
    name: `Service ${n}`,
    description: 'A service',
    inputs: ['IFC_STEP_4'],
    outputs: ['BCF_ZIP_2_1'],
    resourceUrl: `https://bim.example.org/services/${n}`,
    oauth: {
      authorizationUrl: 'https://bim.example.org/oauth/authorize',
      registerUrl: 'https://bim.example.org/oauth/register',
      tokenUrl: 'https://bim.example.org/oauth/token',
    },
  }));
}

/** Without the settings of the person who builds. Windows needs some of its variables. */
function environment(home) {
  const kept = ['SystemRoot', 'TEMP', 'TMP'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  return { ...Object.fromEntries(kept), HOME: home, BIMSERVICE_CONFIG_DIR: join(home, 'config') };
}
