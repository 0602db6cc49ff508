// Reads a file of services: JSON with lines, checked against the published schema, then against what no schema can say.

import { parseDuration } from '../../durations.js';
import { extensionFor, SCHEMAS } from '../../protocol/content/schema-names.js';
import validate from '../../protocol/generated/serve-config.js';
import { slug } from '../../protocol/repository/service-id.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { parseSize } from '../../protocol/text/size.js';
import { unknownPlaceholders } from '../runs/command-line.js';
import { readMembers } from '../store/members.js';
import { schemaMistake, TAKES } from './config-mistake.js';
import { type Mistake, readLocated } from './located.js';
import { type ServiceDefinition, TIMEOUT_MS } from './service-definition.js';

/** The services of a file, or its first mistake. */
export function readConfig(text: string): readonly ServiceDefinition[] | Mistake {
  const json = readLocated(text);
  if ('words' in json) return json;
  if (!validate(json.value)) return schemaMistake(json, validate.errors ?? []);
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

/** No command starts with less. */
const LEAST_MEMORY_BYTES = 1_000_000;

type LineAt = (...path: string[]) => number;

/** What the schema has found right: only values are read here. */
function readService(entry: Record<string, unknown>, at: LineAt): ServiceDefinition | Mistake {
  const name = serviceText(text(entry.name));
  if (name === '') return { line: at('name'), words: `"name" ${TAKES.name}` };
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
    const ms = duration(text(entry[key]));
    if (ms === undefined) return { line: at(key), words: `"${key}" ${TAKES[key]}` };
    times[key] = ms;
  }
  const sizes: Record<string, number | null> = { maxBytes: null, memory: null, disk: null };
  for (const key of ['maxBytes', 'memory', 'disk']) {
    if (entry[key] === undefined) continue;
    const bytes = parseSize(String(entry[key]));
    if (bytes === undefined) return { line: at(key), words: `"${key}" ${TAKES[key]}` };
    if (key === 'memory' && bytes < LEAST_MEMORY_BYTES) {
      return { line: at(key), words: '"memory" takes at least 1 MB; a number without a unit counts bytes' };
    }
    sizes[key] = bytes;
  }
  return {
    id,
    name,
    description: serviceText(text(entry.description)),
    inputs: texts(entry.inputs),
    outputs,
    command,
    line: at('command'),
    timeoutMs: times.timeout ?? null,
    maxBytes: sizes.maxBytes ?? null,
    concurrency: typeof entry.concurrency === 'number' ? entry.concurrency : 1,
    memoryBytes: sizes.memory ?? null,
    cpuSeconds: times.cpu == null ? null : Math.max(1, Math.ceil(times.cpu / 1000)),
    diskBytes: sizes.disk ?? null,
    env: texts(entry.env),
    result: resultOf(id, outputs, readMembers(entry.result)),
  };
}

/** A name or a description as lists, pages and headers show it: no character of it hides or reorders what stands beside it. */
export function serviceText(said: string): string {
  return cleanText(said, 1000);
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

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Ms, more than 0; undefined when `value` is not a duration. */
function duration(value: string): number | undefined {
  try {
    return parseDuration(value, '') || undefined;
  } catch {
    return undefined;
  }
}
