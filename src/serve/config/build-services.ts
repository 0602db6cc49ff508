// Definitions become services: the command is looked for, limits are put around it, its environment is selected.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { RunCommand } from '../runs/command-run.js';
import { createCommandService } from '../runs/command-service.js';
import type { ServedService } from '../service/served-service.js';
import { DISK_BYTES, type ServiceDefinition } from './service-definition.js';

export interface BuildContext {
  /** Where relative paths of a command begin. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runCommand: RunCommand;
  /** The id of this process. */
  readonly pid: number;
  readonly warn: (line: string) => void;
}

/** What every command may see of the server's environment. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'VIRTUAL_ENV',
  'SystemRoot',
  'PATHEXT',
  'COMSPEC',
];

/** The services, or what is wrong with one of them. */
export async function buildServices(
  definitions: readonly ServiceDefinition[],
  context: BuildContext,
): Promise<readonly ServedService[] | { readonly line: number | null; readonly words: string }> {
  const prlimit = await findProgram('prlimit', context);
  const prepare = prlimit === null ? () => Promise.resolve() : forbidCoreDumps(prlimit, context.pid);
  const services: ServedService[] = [];
  for (const definition of definitions) {
    const { id, command, line } = definition;
    const [program = '', ...words] = command;
    const found = await findProgram(program, context);
    if (found === null) {
      return { line, words: `the command ${cleanText(program)} was not found, or may not be executed` };
    }
    const limiter = prlimit === null ? [] : limits(prlimit, definition);
    if (prlimit === null && (definition.memoryBytes ?? definition.cpuSeconds) !== null) {
      context.warn(`${id}: memory and processor time are not limited, since prlimit is not on this machine`);
    }
    services.push(
      createCommandService(
        wordsOf(definition),
        {
          argv: [found, ...words],
          limiter,
          prepare,
          cwd: context.folder,
          env: environment(definition.env, context.env),
          timeoutMs: definition.timeoutMs,
          maxDiskBytes: definition.diskBytes ?? DISK_BYTES,
          result: definition.result,
        },
        context.runCommand,
      ),
    );
  }
  return services;
}

/** A service whose command is on another machine. */
export function listService(definition: ServiceDefinition): ServedService {
  return {
    ...wordsOf(definition),
    run: () => Promise.reject(new Error('the command of this service is not on this machine')),
  };
}

function wordsOf(definition: ServiceDefinition): Omit<ServedService, 'run'> {
  const { id, name, description, inputs, outputs, maxBytes, concurrency } = definition;
  const words = { id, name, description, inputs, outputs, concurrency };
  return maxBytes === null ? words : { ...words, maxBytes };
}

/** Words in front of the command. Empty without limits of its own: starting one more program takes as long as a short run. */
function limits(prlimit: string, { memoryBytes, cpuSeconds, diskBytes }: ServiceDefinition): string[] {
  const options = [
    // One file cannot be larger than all of them may be.
    ...(diskBytes === null ? [] : [`--fsize=${diskBytes}`]),
    ...(memoryBytes === null ? [] : [`--as=${memoryBytes}`]),
    ...(cpuSeconds === null ? [] : [`--cpu=${cpuSeconds}`]),
  ];
  return options.length === 0 ? [] : [prlimit, ...options, '--'];
}

/** A core dump would hold the model. What this process may not do, the processes that it starts may not either. */
function forbidCoreDumps(prlimit: string, pid: number): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= new Promise((resolve) => execFile(prlimit, [`--pid=${pid}`, '--core=0'], () => resolve()));
    return done;
  };
}

function environment(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passed = [...PASSED_ON, ...names].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(passed);
}

/** The whole path of a program: as it is written where it holds a slash, else from PATH. Null when there is no such program. */
async function findProgram(name: string, { folder, env }: BuildContext): Promise<string | null> {
  const isPath = /[\\/]/.test(name) || isAbsolute(name);
  const places = isPath ? [folder] : (env.PATH ?? '').split(delimiter).filter((place) => place !== '');
  const endings = ['', ...(env.PATHEXT ?? '').split(';').filter((ending) => ending !== '')];
  for (const place of places) {
    for (const ending of endings) {
      // A folder of PATH may be relative to where the server was started; the command starts elsewhere.
      const path = resolve(place, name + ending);
      if (await isProgram(path)) return path;
    }
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
