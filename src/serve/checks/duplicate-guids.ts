// The service "Duplicate GlobalIds": reads an IFC STEP file and returns a BCF 2.1 archive of its findings.

import { counted } from '../../durations.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import {
  type RunContext,
  type ServedService,
  ServiceError,
  type ServiceResult,
} from '../service/served-service.js';
import { type BcfTopic, writeBcf } from './bcf-writer.js';
import { isRooted, isValidGlobalId } from './global-id.js';
import { type RootedInstance, StepScanner } from './step-scanner.js';

// A number of topics that a person can work with; the last topic says how many more there are.
const MOST_TOPICS = 500;
const MOST_NAMED = 20;

/** Code of PROTOCOL 1.6, NO_DESERIALIZER: the service cannot read the format of the model. */
const NOT_READABLE = 1;

export const duplicateGuids: ServedService = {
  id: 'duplicate-globalids',
  name: 'Duplicate GlobalIds',
  description: 'Finds GlobalIds that several objects of a model share, and GlobalIds that are not valid.',
  inputs: ['IFC_STEP_2X3TC1', 'IFC_STEP_4', 'IFC_STEP_4X3', 'IFC_STEP'],
  outputs: ['BCF_ZIP_2_1'],
  run: findDuplicateGuids,
};

/** The instances with one GlobalId; the first ones are listed by name. */
interface Finding {
  readonly named: string[];
  count: number;
}

export interface GuidReport {
  readonly rooted: number;
  readonly duplicates: ReadonlyMap<string, Finding>;
  readonly invalid: ReadonlyMap<string, Finding>;
  /** False: the file ends before `END-ISO-10303-21`. */
  readonly whole: boolean;
}

async function findDuplicateGuids(
  model: AsyncIterable<Uint8Array>,
  context: RunContext,
): Promise<ServiceResult> {
  const report = await readGuids(model, context.signal);
  const body = await writeBcf(toTopics(report), { author: 'bimservice', createdAt: context.now() });
  return {
    fileName: 'duplicate-guids.bcf',
    contentType: 'application/zip',
    outputType: 'BCF_ZIP_2_1',
    title: summarize(report),
    body,
  };
}

/**
 * Reads the GlobalIds of a STEP file. Memory grows with the number of rooted objects (about 100 bytes each), not with
 * the size of the file. Throws ServiceError when it is not a STEP file, and the signal's reason when it is aborted.
 */
export async function readGuids(model: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<GuidReport> {
  const collector = new GuidCollector();
  const scanner = new StepScanner((instance) => collector.add(instance));
  for await (const chunk of model) {
    signal.throwIfAborted();
    scanner.write(chunk);
    if (scanner.firstWord !== null && scanner.firstWord !== 'ISO-10303-21') break;
  }
  if (scanner.firstWord !== 'ISO-10303-21') {
    throw new ServiceError(
      NOT_READABLE,
      'The model is not an IFC STEP file (it does not begin with ISO-10303-21)',
    );
  }
  return { ...collector.report(), whole: scanner.lastWord === 'END-ISO-10303-21' };
}

class GuidCollector {
  readonly #first = new Map<string, number>();
  readonly #duplicates = new Map<string, Finding>();
  readonly #invalid = new Map<string, Finding>();
  readonly #types: string[] = [];
  readonly #typeNumbers = new Map<string, number>();
  #rooted = 0;

  add({ id, type, globalId }: RootedInstance): void {
    if (!isRooted(type)) return;
    this.#rooted += 1;
    if (!isValidGlobalId(globalId)) note(this.#invalid, globalId, `#${id} ${type}`);
    const earlier = this.#first.get(globalId);
    if (earlier === undefined) {
      this.#first.set(globalId, this.#pack(id, type));
      return;
    }
    if (!this.#duplicates.has(globalId)) note(this.#duplicates, globalId, this.#unpack(earlier));
    note(this.#duplicates, globalId, `#${id} ${type}`);
  }

  report(): Omit<GuidReport, 'whole'> {
    return { rooted: this.#rooted, duplicates: this.#duplicates, invalid: this.#invalid };
  }

  // One number instead of a text for each object: the type in the low part, the instance id in the high part.
  #pack(id: number, type: string): number {
    let number = this.#typeNumbers.get(type);
    if (number === undefined) {
      number = this.#types.push(type) - 1;
      this.#typeNumbers.set(type, number);
    }
    return id * TYPES + number;
  }

  #unpack(packed: number): string {
    return `#${Math.floor(packed / TYPES)} ${this.#types[packed % TYPES] ?? ''}`;
  }
}

/** More than any IFC schema has entities; instance ids up to 2^40 stay exact. */
const TYPES = 8192;

function note(findings: Map<string, Finding>, globalId: string, instance: string): void {
  const finding = findings.get(globalId) ?? { named: [], count: 0 };
  finding.count += 1;
  if (finding.named.length < MOST_NAMED) finding.named.push(instance);
  findings.set(globalId, finding);
}

function toTopics(report: GuidReport): BcfTopic[] {
  const topics: BcfTopic[] = [];
  if (!report.whole) topics.push(CUT_SHORT);
  for (const [globalId, finding] of report.duplicates) topics.push(duplicateTopic(globalId, finding));
  for (const [globalId, finding] of report.invalid) topics.push(invalidTopic(globalId, finding));
  if (topics.length <= MOST_TOPICS) return topics;
  const shown = topics.slice(0, MOST_TOPICS - 1);
  const left = topics.length - shown.length;
  return [
    ...shown,
    { ...REST, title: `${left} more findings`, description: `${left} more findings are not listed.` },
  ];
}

const CUT_SHORT: BcfTopic = {
  title: 'The model is cut short',
  type: 'Warning',
  description:
    'The file ends before END-ISO-10303-21, or a quote in it is never closed: objects may be missing from this report.',
  globalIds: [],
};

const REST = { type: 'Warning', globalIds: [] } as const;

function duplicateTopic(globalId: string, finding: Finding): BcfTopic {
  return {
    title: `Duplicate GlobalId ${cleanText(globalId)}`,
    type: 'Error',
    description: `${finding.count} objects share the GlobalId ${cleanText(globalId)}: ${listInstances(finding)}. Every object of a model needs one of its own.`,
    globalIds: isValidGlobalId(globalId) ? [globalId] : [],
  };
}

function invalidTopic(globalId: string, finding: Finding): BcfTopic {
  return {
    title: `Invalid GlobalId ${cleanText(globalId)}`,
    type: 'Error',
    description: `${listInstances(finding)}: a GlobalId has 22 characters out of 0-9, A-Z, a-z, _ and $, and begins with 0, 1, 2 or 3.`,
    globalIds: [],
  };
}

function listInstances({ named, count }: Finding): string {
  const left = count - named.length;
  return left === 0 ? named.join(', ') : `${named.join(', ')} and ${left} more`;
}

function summarize({ duplicates, invalid, rooted }: GuidReport): string {
  return `${duplicates.size} duplicate and ${invalid.size} invalid GlobalIds among ${counted(rooted, 'object')}`;
}
