// Reads a file of services: JSON with lines, checked against the published schema, then against what no schema can say.

import { parseDuration } from '../../durations.js';
import { messageOf } from '../../errors.js';
import { extensionFor, SCHEMAS } from '../../protocol/content/schema-names.js';
import validate from '../../protocol/generated/serve-config.js';
import { slug } from '../../protocol/repository/service-id.js';
import { unknownPlaceholders } from '../runs/command-line.js';
import { readMembers } from '../store/members.js';
import { type LocatedJson, type Mistake, readLocated } from './located.js';
import { DISK_BYTES, type ServiceDefinition, TIMEOUT_MS } from './service-definition.js';
import { parseSize } from './sizes.js';

/** The services of a file, or its first mistake. */
export function readConfig(text: string): readonly ServiceDefinition[] | Mistake {
  const json = readLocated(text);
  if ('words' in json) return json;
  if (!validate(json.value)) return schemaMistake(json);
  const [entries, path] = Array.isArray(json.value)
    ? [json.value, []]
    : [[readMembers(json.value).services].flat(), ['services']];
  const services: ServiceDefinition[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = (...more: string[]) => json.lineOf([...path, index, ...more]);
    const service = readService(readMembers(entry), at);
    if ('words' in service) return service;
    if (services.some(({ id }) => id === service.id)) {
      return {
        line: at('id'),
        words: `two services have the id ${service.id}; give one of them another "id"`,
      };
    }
    services.push(service);
  }
  return services;
}

type LineAt = (...path: string[]) => number;

/** What the schema has found right: only values are read here. */
function readService(entry: Record<string, unknown>, at: LineAt): ServiceDefinition | Mistake {
  const name = text(entry.name).trim();
  const outputs = texts(entry.outputs);
  const command = texts(entry.command);
  const [unknown] = unknownPlaceholders(command);
  if (unknown !== undefined) {
    return {
      line: at('command'),
      words: `{${unknown}} is no placeholder; there are {input}, {output}, {inputType} and {workdir}`,
    };
  }
  const id = typeof entry.id === 'string' ? entry.id : slug(name, '');
  if (id === '')
    return { line: at('name'), words: 'no id can be made of this name; give the service an "id"' };
  const times: Record<string, number | null> = { timeout: TIMEOUT_MS, cpu: null };
  for (const key of ['timeout', 'cpu']) {
    if (entry[key] === undefined) continue;
    try {
      times[key] = parseDuration(text(entry[key]), `"${key}"`);
    } catch (error) {
      return { line: at(key), words: messageOf(error) };
    }
  }
  return {
    id,
    name,
    description: text(entry.description),
    inputs: texts(entry.inputs),
    outputs,
    command,
    timeoutMs: times.timeout ?? null,
    maxBytes: size(entry.maxBytes) ?? null,
    concurrency: typeof entry.concurrency === 'number' ? entry.concurrency : 1,
    memoryBytes: size(entry.memory) ?? null,
    cpuSeconds: times.cpu == null ? null : Math.max(1, Math.ceil(times.cpu / 1000)),
    diskBytes: size(entry.disk) ?? DISK_BYTES,
    env: texts(entry.env),
    result: resultOf(id, outputs, readMembers(entry.result)),
  };
}

/** What a result is called: as the operator says, else by its type. */
export function resultOf(
  id: string,
  outputs: readonly string[],
  said: Record<string, unknown>,
): ServiceDefinition['result'] {
  const type = text(said.type) || (outputs[0] ?? 'UNSTRUCTURED_UTF8_TEXT_1_0');
  const contentType =
    text(said.contentType) || (SCHEMAS.get(type)?.contentType ?? 'application/octet-stream');
  const fileName = text(said.fileName) || `${id}${extensionFor(type, contentType)}`;
  return { type, contentType, fileName };
}

function schemaMistake(json: LocatedJson): Mistake {
  // Both alternatives of the schema report: what lies deepest is about the mistake, the others are about the other form.
  const errors = [...(validate.errors ?? [])].filter(
    ({ keyword }) => keyword !== 'anyOf' && keyword !== '$ref',
  );
  errors.sort((a, b) => depth(b.instancePath) - depth(a.instancePath));
  const [error] = errors;
  const path = (error?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
  const extra: unknown = error?.params?.additionalProperty;
  const member = path.filter((part) => typeof part === 'string' && part !== 'services').join('.');
  const subject = member === '' ? 'it' : `"${member}"`;
  if (typeof extra === 'string') {
    return {
      line: json.lineOf([...path, extra]),
      words: `"${extra}" is not known here; it may be misspelled`,
    };
  }
  return { line: json.lineOf(path), words: `${subject} ${error?.message ?? 'is not valid'}` };
}

function depth(path: string): number {
  return path.split('/').length;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function size(value: unknown): number | undefined {
  return typeof value === 'number' ? value : typeof value === 'string' ? parseSize(value) : undefined;
}
