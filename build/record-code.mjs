// Records what V8 compiles of the chunks while common commands run, so that the one-file program starts with compiled code.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { roll } from './roll.mjs';

/** The longest time of one command, ms. */
const RUN_MS = 120_000;

/** Compiles the chunks in `work/code` with `node` into `work/compiled`. */
export async function recordCode(node, work) {
  const recorder = join(work, 'record.cjs');
  await roll('build/record-entry.mjs', { file: recorder, format: 'cjs', sourcemap: false });
  const home = join(work, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'list.json'), JSON.stringify(services()));
  for (const { words, input = '', exitCode = 0 } of runs()) {
    const { status, stderr, error } = spawnSync(node, [recorder, work, ...words], {
      cwd: home,
      env: environment(home),
      input,
      encoding: 'utf8',
      timeout: RUN_MS,
    });
    if (status === exitCode) continue;
    throw new Error(`recording "bimservice ${words.join(' ')}" ended with ${status ?? error}\n${stderr}`);
  }
}

/** First all chunks, then commands: each run adds the functions that it calls. */
function runs() {
  return [
    { words: [] },
    { words: ['--help'] },
    { words: ['invoke', '--help'] },
    { words: ['no-such-command'], exitCode: 2 },
    { words: ['demo', '--no-browser', '-o', 'demo'] },
    { words: ['bcf', 'demo/duplicate-guids.bcf'] },
    { words: ['repository', 'add', 'list.json'] },
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
