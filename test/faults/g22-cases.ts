// The table of G22: label x content x promise x status x --expect, with what each label says about each content.

import { bcfZip, stepModel, zipWithoutBcf } from '../support/fixtures.js';
import { type Promised, promisedFor } from './g22-rules.js';

type Relation = 'agrees' | 'other-version' | 'silent' | 'contradicts';

/** What a label, a promise or `--expect` means. Content that is not listed is something else. */
interface Meaning {
  agrees?: readonly string[];
  otherVersion?: readonly string[];
  silent?: readonly string[];
}

export interface Content {
  id: string;
  bytes: Buffer;
  class: 'error' | 'blank' | 'damaged' | 'own-format' | 'plain';
  /** How a warning calls it. */
  words: string;
  /** `output.type`, where the content shows it. */
  type: string | null;
  /** The extension of the file, where the content decides about it. */
  extension: string | null;
}

interface Label {
  id: string;
  headers: Readonly<Record<string, string>>;
  /** Null: the response does not have it. */
  outputType: Meaning | null;
  name: Meaning | null;
  type: Meaning | null;
}

/** One run of the program: a service with these outputs, and these options. */
export interface RunOf {
  id: string;
  outputs: readonly string[];
  promise: Meaning | null;
  options: readonly string[];
  expect: Meaning | null;
  allowsEmpty?: true;
  /** Only these labels; all where it is left out. */
  labels?: readonly string[];
}

export interface Case {
  title: string;
  status: number;
  content: Content;
  label: Label;
  /** The name in Content-Disposition. */
  fileName: string | null;
  promised: Promised;
}

const BCF: Meaning = { agrees: ['bcf21'], otherVersion: ['bcf30'] };
const JSON_ONLY: Meaning = { agrees: ['json'] };
const SILENT: Meaning = { silent: ['*'] };
/** Plain texts, which servers send under any text label. */
const TEXTS = ['text', 'json', 'html', 'ifc4'];

export async function makeContents(): Promise<readonly Content[]> {
  const topics = [{ title: 'A clash' }];
  const [bcf21, bcf30] = await Promise.all([
    bcfZip({ version: '2.1', topics }),
    bcfZip({ version: '3.0', topics }),
  ]);
  const content = (id: string, bytes: string | Buffer, kind: Content['class'], words = ''): Content => ({
    id,
    bytes: Buffer.from(bytes),
    class: kind,
    words,
    type: null,
    extension: null,
  });
  const own = (id: string, bytes: Buffer, type: string, extension: string): Content => ({
    ...content(id, bytes, 'own-format', type),
    type,
    extension,
  });
  return [
    own('bcf21', bcf21, 'BCF_ZIP_2_1', '.bcf'),
    own('bcf30', bcf30, 'BCF_ZIP_3_0', '.bcf'),
    own('ifc4', stepModel({ schema: 'IFC4' }), 'IFC_STEP_4', '.ifc'),
    content('json', '{"walls":[{"id":1}]}', 'plain', 'JSON'),
    content('text', 'All walls are fine.\n', 'plain', 'text'),
    content('html', '<!doctype html><title>Report</title><h1>5 walls</h1>', 'plain', 'HTML'),
    content('zip', await zipWithoutBcf(), 'plain', 'zip'),
    content('json-error', '{"code":5,"message":"No deserializer found"}', 'error'),
    content('xml-error', '<Error><Code>AccessDenied</Code><Message>No</Message></Error>', 'error'),
    content('php-error', 'Fatal error: Allowed memory size exhausted in /srv/a.php on line 8', 'error'),
    content('blank', '\r\n \0\n', 'blank'),
    content('cut-zip', bcf21.subarray(0, -40), 'damaged'),
  ];
}

const none = { outputType: null, name: null, type: null };
const named = (name: string) => ({ 'Content-Disposition': `attachment; filename="${name}"` });

const LABELS: readonly Label[] = [
  { ...none, id: 'no label', headers: {} },
  { ...none, id: 'Output-Type BCF', headers: { 'Output-Type': 'BCF_ZIP_2_1' }, outputType: BCF },
  {
    ...none,
    id: 'Output-Type JSON',
    headers: { 'Output-Type': 'VALIDATION_JSON_1_0' },
    outputType: JSON_ONLY,
  },
  { ...none, id: 'named .bcf', headers: named('r.bcf'), name: { agrees: ['bcf21', 'bcf30'] } },
  {
    ...none,
    id: 'named .txt',
    headers: named('r.txt'),
    name: { agrees: ['text'], silent: TEXTS },
  },
  { ...none, id: 'named .json', headers: named('r.json'), name: JSON_ONLY },
  {
    ...none,
    id: 'typed zip',
    headers: { 'Content-Type': 'application/zip' },
    type: { agrees: ['bcf21', 'bcf30', 'zip'] },
  },
  {
    ...none,
    id: 'typed html',
    headers: { 'Content-Type': 'text/html' },
    type: { agrees: ['html'], silent: TEXTS },
  },
  {
    ...none,
    id: 'typed octet-stream',
    headers: { 'Content-Type': 'application/octet-stream' },
    type: SILENT,
  },
  {
    ...none,
    id: 'named and typed JSON',
    headers: { ...named('r.json'), 'Content-Type': 'application/json' },
    name: JSON_ONLY,
    type: JSON_ONLY,
  },
];

const FEW_LABELS = ['no label', 'Output-Type BCF', 'named .bcf'];

const nothing = { outputs: [], promise: null, options: [], expect: null };
const bcfPromised = { outputs: ['BCF_ZIP_2_1'], promise: BCF };

export const RUNS: readonly RunOf[] = [
  { ...nothing, id: 'a list that promises nothing' },
  { ...nothing, id: 'a list with an unknown type', outputs: ['ACME_REPORT_9'], labels: FEW_LABELS },
  { ...nothing, ...bcfPromised, id: 'a list that promises BCF' },
  {
    ...nothing,
    id: 'a list that promises JSON, with --allow-empty',
    outputs: ['VALIDATION_JSON_1_0'],
    promise: JSON_ONLY,
    options: ['--allow-empty'],
    allowsEmpty: true,
  },
  {
    ...nothing,
    ...bcfPromised,
    id: '--expect of a type',
    options: ['--expect', 'BCF_ZIP_2_1'],
    expect: { agrees: ['bcf21'] },
  },
  { ...nothing, id: '--expect of a family', options: ['--expect', 'IFC'], expect: { agrees: ['ifc4'] } },
];

/** Statuses that decide alone, with the class that docs/results.md gives them, and the error code of the others. */
const STATUSES: Readonly<Record<number, readonly [words: string, code: string | null, exit: number]>> = {
  202: ['accepted', null, 9],
  204: ['no-content', null, 0],
  206: ['partial', null, 8],
  413: ['refusal', 'service-refused', 6],
  429: ['refusal', 'service-refused', 6],
  500: ['refusal', 'service-failed', 6],
  502: ['gateway', null, 9],
  504: ['gateway', null, 9],
};

/** Every content under every label with status 200, and some of both under the other statuses. */
export function casesOf(run: RunOf, contents: readonly Content[]): readonly Case[] {
  const all = LABELS.filter(({ id }) => run.labels?.includes(id) ?? true);
  const cases = all.flatMap((label) => contents.map((content) => caseOf(run, 200, content, label)));
  const some = contents.filter(({ id }) => ['bcf21', 'json-error'].includes(id));
  const labels = LABELS.filter(({ id }) => ['no label', 'Output-Type BCF'].includes(id));
  for (const status of Object.keys(STATUSES).map(Number))
    for (const label of labels) for (const content of some) cases.push(caseOf(run, status, content, label));
  return cases;
}

function caseOf(run: RunOf, status: number, content: Content, label: Label): Case {
  const [words, code, exit] = STATUSES[status] ?? ['success', null, 0];
  const promise = relation(run.promise, content);
  const promised = promisedFor({
    status: words,
    content: content.class === 'blank' && run.allowsEmpty ? 'blank-allowed' : content.class,
    '`--expect`':
      run.expect === null ? 'none' : relation(run.expect, content) === 'agrees' ? 'met' : 'missed',
    'the list promises': {
      agrees: 'kept',
      'other-version': 'other-version',
      silent: 'nothing',
      contradicts: 'broken',
    }[promise],
    '`Output-Type`': relation(label.outputType, content),
    'file name': relation(label.name, content),
    '`Content-Type`': relation(label.type, content),
  });
  const byStatus: Promised = { ...promised, kind: 'error', exit, code };
  return {
    title: `${run.id}: ${status}, ${content.id}, ${label.id}`,
    status,
    content,
    label,
    fileName: /filename="(.*)"/.exec(label.headers['Content-Disposition'] ?? '')?.[1] ?? null,
    promised: promised.kind === 'by-status' ? byStatus : inRun(run, promised),
  };
}

/** No content is an error for a person who expects something (row 2). */
function inRun(run: RunOf, promised: Promised): Promised {
  return promised.kind === 'no-result' && run.expect !== null
    ? { ...promised, kind: 'error', exit: 8, code: 'result-missing' }
    : promised;
}

function relation(meaning: Meaning | null, { id }: Content): Relation {
  if (meaning === null || meaning.silent?.includes('*')) return 'silent';
  if (meaning.agrees?.includes(id)) return 'agrees';
  if (meaning.otherVersion?.includes(id)) return 'other-version';
  return meaning.silent?.includes(id) ? 'silent' : 'contradicts';
}
