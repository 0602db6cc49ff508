// Which services `serve` offers: the built-in check, those of a file, or one by options.
import { dirname } from 'node:path';
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { readLocalFile } from '../../io/files/read-input.js';
import { systemReason } from '../../io/files/system-reason.js';
import { slug } from '../../protocol/repository/service-id.js';
import { duplicateGuids } from '../../serve/checks/duplicate-guids.js';
import { buildServices, listService } from '../../serve/config/build-services.js';
import { doubtsOf } from '../../serve/config/doubts.js';
import { readConfig, resultOf, serviceText } from '../../serve/config/read-config.js';
import { type ServiceDefinition, TIMEOUT_MS } from '../../serve/config/service-definition.js';
import { splitCommand, unknownPlaceholders } from '../../serve/runs/command-line.js';
import type { RunCommand } from '../../serve/runs/command-run.js';
import type { ServedService } from '../../serve/service/served-service.js';

/** One service by options. */
export interface ExecFlags {
  exec?: string;
  name?: string;
  description?: string;
  input?: string[];
  outputType?: string;
  resultName?: string;
  timeout?: number;
  maxBytes?: number;
  memory?: number;
  concurrency?: number;
  env?: string[];
}

/**
 * `commands`: what runs them on this machine; those of another machine are not looked for. Throws `usage`, `repository-unreadable` or
 * `repository-invalid`, with the line of the mistake.
 */
export async function loadServedServices(
  context: Context,
  file: string | undefined,
  flags: ExecFlags,
  commands: RunCommand | 'elsewhere',
): Promise<readonly ServedService[]> {
  if (file !== undefined && flags.exec !== undefined) {
    throw new BimServiceError('usage', 'a file of services and --exec are two ways to say the same', {
      hint: 'Leave one of them out.',
    });
  }
  if (flags.exec === undefined) refuseStrays(file, flags);
  if (file === undefined && flags.exec === undefined) return [{ ...duplicateGuids, concurrency: 2 }];
  if (flags.exec !== undefined) {
    const definition = fromFlags(flags.exec, flags);
    if (commands === 'elsewhere') return [listService(definition)];
    return build(context, commands, [definition], context.runtime.cwd, (words) => {
      throw new BimServiceError('usage', `--exec: ${words}`, { hint: 'Check the command and PATH.' });
    });
  }
  const path = context.path(file ?? '');
  const services = readConfig(await readText(path, file ?? ''));
  if (!('words' in services)) {
    if (commands === 'elsewhere') return services.map(listService);
    return build(context, commands, services, dirname(path), (words, line) => {
      throw invalid(`${file}, line ${line}: ${words}`);
    });
  }
  throw invalid(`${file}, line ${services.line}: ${services.words}`);
}

/** Refuses the options that describe the service of `--exec`, which is missing. */
function refuseStrays(file: string | undefined, flags: ExecFlags): void {
  const [stray] = STRAYS.filter((name) => flags[name] !== undefined);
  if (stray === undefined) return;
  const option = `--${stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new BimServiceError(
    'usage',
    `${option} describes the service of --exec, which is missing`,
    file === undefined ? {} : { hint: `Write it into ${file}, for each service.` },
  );
}

const STRAYS = [
  'name',
  'description',
  'input',
  'outputType',
  'resultName',
  'timeout',
  'maxBytes',
  'memory',
  'concurrency',
  'env',
] as const satisfies ReadonlyArray<keyof ExecFlags>;

async function build(
  context: Context,
  runCommand: RunCommand,
  definitions: readonly ServiceDefinition[],
  folder: string,
  refuse: (words: string, line: number | null) => never,
): Promise<readonly ServedService[]> {
  const { env, pid } = context.runtime;
  const warn = (line: string) => context.reporter.warn(line);
  const services = await buildServices(definitions, { folder, env, runCommand, pid, warn });
  if (!('words' in services)) {
    for (const definition of definitions) doubtsOf(definition).forEach(warn);
    return services;
  }
  return refuse(services.words, services.line);
}

function fromFlags(line: string, flags: ExecFlags): ServiceDefinition {
  let command: string[];
  try {
    command = splitCommand(line);
  } catch (error) {
    throw new BimServiceError(
      'usage',
      '--exec cannot be split into words: it ends within a quote or after a \\',
      {
        hint: 'Close each quote that is opened.',
        cause: error,
      },
    );
  }
  const [unknown] = unknownPlaceholders(command);
  if (command.length === 0) throw new BimServiceError('usage', '--exec is empty');
  if (unknown !== undefined) {
    throw new BimServiceError('usage', `--exec: {${unknown}} is no placeholder`, {
      hint: 'There are {input}, {output}, {inputType} and {workdir}.',
    });
  }
  const name = serviceText(flags.name ?? (command[0] ?? '').replace(/^.*[\\/]/, ''));
  if (name === '') throw new BimServiceError('usage', '--name takes a text that is not blank');
  const id = slug(name);
  const outputs = [flags.outputType ?? 'UNSTRUCTURED_UTF8_TEXT_1_0'];
  return {
    id,
    name,
    description: serviceText(flags.description ?? ''),
    inputs: flags.input ?? [],
    outputs,
    command,
    line: null,
    timeoutMs: flags.timeout ?? TIMEOUT_MS,
    maxBytes: flags.maxBytes ?? null,
    concurrency: flags.concurrency ?? 1,
    memoryBytes: flags.memory ?? null,
    cpuSeconds: null,
    diskBytes: null,
    env: flags.env ?? [],
    result: resultOf(id, outputs, { fileName: flags.resultName }),
  };
}

async function readText(path: string, named: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readLocalFile(path));
  } catch (error) {
    throw new BimServiceError(
      'repository-unreadable',
      `${named} cannot be read (${systemReason(error, path)})`,
      {
        hint: 'bimservice serve alone serves a check for practice; see: bimservice serve --help',
        cause: error,
      },
    );
  }
}

const ABOUT_FILES = 'https://github.com/bimservice/bimservice/blob/main/docs/writing-a-service.md';

function invalid(message: string): BimServiceError {
  return new BimServiceError('repository-invalid', message, {
    hint: `The form: ${ABOUT_FILES}`,
  });
}
