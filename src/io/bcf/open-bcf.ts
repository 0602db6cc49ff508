// Opens a BCF archive and reads its topics one folder after another, in memory that does not grow with pictures.

import { type FileHandle, open } from 'node:fs/promises';
import { BimServiceError, systemErrorCode } from '../../errors.js';
import { BcfDefect } from '../../protocol/bcf/bcf-defect.js';
import { buildTopic } from '../../protocol/bcf/build-topic.js';
import { EntryNames, leavingNames, type TopicFolder, topicFolders } from '../../protocol/bcf/layout.js';
import { markupHandler, type ViewpointReference } from '../../protocol/bcf/read-markup.js';
import { viewpointHandler } from '../../protocol/bcf/read-viewpoint.js';
import type { BcfDocument, BcfProblem, BcfTopic, BcfViewpoint } from '../../protocol/bcf/topic.js';
import { type XmlHandler, XmlReader } from '../../protocol/bcf/xml-reader.js';
import { recognizeZip } from '../../protocol/content/zip-content.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { readFully } from '../files/read-chunks.js';
import { systemReason } from '../files/system-reason.js';
import { readEntryHead, readZip, type ZipEntry } from '../files/zip.js';
import { ZipDefect } from '../files/zip-defect.js';
import { findArchive } from '../files/zip-range.js';

/** The largest XML entry that is read. 70,000 components in a viewpoint take 10 MiB. */
const MOST_XML = 64 * 1024 * 1024;
/** The most XML of an archive that is read, unpacked. Against archives whose entries overlap. */
const MOST_XML_IN_ALL = 1024 * 1024 * 1024;
/** A longer bcf.version is not a version file. */
const VERSION_BYTES = 64 * 1024;

/** What one topic folder gives: a topic, problems, or both. */
export interface ReadFolder {
  topic: BcfTopic | null;
  problems: BcfProblem[];
  warnings: string[];
}

/** An archive that is open. Close it with `await using`. */
export interface OpenBcf extends AsyncDisposable {
  /** As `2.1`; null when the archive does not say it in a way that can be read. */
  version: string | null;
  /** Problems of the archive itself: names that lead out of it. */
  problems: BcfProblem[];
  /** What is odd about the archive itself. */
  warnings: string[];
  /** Reads the topic folders one by one, in the order of the directory. */
  folders(signal: AbortSignal): AsyncGenerator<ReadFolder, void, undefined>;
  /** The bytes of an entry, by the name that a viewpoint of a topic has as `snapshot`. Throws a ZipDefect. */
  read(entry: string): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Opens the archive at `path`. `shown` is its name for messages. Throws `result-unreadable` when the file cannot be read,
 * `result-incomplete` for a damaged archive, `result-unexpected` when it is no BCF.
 */
export async function openBcf(path: string, shown = path): Promise<OpenBcf> {
  const handle = await opened(path, shown);
  try {
    const entries = await entriesOf(handle);
    const names = entries.map(({ name }) => name);
    const known = new Map(entries.map((entry) => [entry.name, entry]));
    const folders = topicFolders(names);
    const { bcfVersion, schema } = await recognizeZip(names, async (name) => versionText(known.get(name)));
    if (bcfVersion === null && !schema?.startsWith('BCF') && folders.length === 0)
      throw new BimServiceError(
        'result-unexpected',
        `${cleanText(shown)} is a zip archive without BCF in it`,
      );
    const reader = new FolderReader(known, new EntryNames(names), bcfVersion);
    return {
      version: bcfVersion,
      problems: leavingNames(names).map((entry) => ({
        entry,
        message: 'has a name that leads out of the archive; it was not read',
      })),
      warnings: oddities(bcfVersion, folders),
      async *folders(signal) {
        for (const folder of folders) {
          signal.throwIfAborted();
          if (leavingNames([folder.folder]).length === 0) yield await reader.read(folder);
        }
      },
      async *read(name) {
        const entry = known.get(name);
        if (entry === undefined) throw new ZipDefect(`has no entry ${cleanText(name, 80)}`);
        yield* entry.read();
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    if (error instanceof ZipDefect)
      throw new BimServiceError('result-incomplete', `${cleanText(shown)} ${error.message}`, {
        cause: error,
      });
    if (/^E[A-Z0-9]+$/.test(systemErrorCode(error) ?? '')) throw unreadable(path, shown, error);
    throw error;
  }
}

/** The whole archive. Throws like `openBcf`. */
export async function readBcf(path: string, signal: AbortSignal, shown = path): Promise<BcfDocument> {
  await using archive = await openBcf(path, shown);
  const document: BcfDocument = {
    version: archive.version,
    topics: [],
    problems: [...archive.problems],
    warnings: [...archive.warnings],
  };
  for await (const { topic, problems, warnings } of archive.folders(signal)) {
    if (topic !== null) document.topics.push(topic);
    document.problems.push(...problems);
    document.warnings.push(...warnings);
  }
  return document;
}

const KNOWN_VERSIONS = ['1.0', '2.0', '2.1', '3.0'];

function oddities(version: string | null, folders: readonly TopicFolder[]): string[] {
  const odd = version !== null && !KNOWN_VERSIONS.includes(version);
  const wrapped = folders.find(({ folder }) => folder.includes('/'));
  return [
    ...(odd ? [`BCF ${cleanText(version, 20)} is not known; it is read like the known versions`] : []),
    ...(wrapped === undefined ? [] : [`topics are inside another folder: ${cleanText(wrapped.folder, 120)}`]),
  ];
}

async function opened(path: string, shown: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, shown, error);
  }
}

function unreadable(path: string, shown: string, cause: unknown): BimServiceError {
  const message = `${cleanText(shown)} cannot be read (${systemReason(cause, path)})`;
  return new BimServiceError('result-unreadable', message, { cause });
}

async function entriesOf(handle: FileHandle): Promise<ZipEntry[]> {
  const { size } = await handle.stat();
  const range = await findArchive({ size, read: (at, length) => readFully(handle, at, length) });
  const isAlone = range === null || (range.start === 0 && range.end === size);
  return readZip(handle, isAlone ? undefined : range);
}

async function versionText(entry: ZipEntry | undefined): Promise<string> {
  return entry === undefined ? '' : Buffer.from(await readEntryHead(entry, VERSION_BYTES)).toString('utf8');
}

/** Reads the folders of one archive, and knows what it has read so far. */
class FolderReader {
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  readonly #names: EntryNames;
  readonly #version: string | null;
  /** GUID in lower case, to the entry that has it. */
  readonly #seen = new Map<string, string>();
  #xmlBytes = 0;

  constructor(entries: ReadonlyMap<string, ZipEntry>, names: EntryNames, version: string | null) {
    this.#entries = entries;
    this.#names = names;
    this.#version = version;
  }

  async read({ folder, markup: entry }: TopicFolder): Promise<ReadFolder> {
    const done: ReadFolder = { topic: null, problems: [], warnings: [] };
    if (entry === null) {
      done.problems.push({ entry: `${folder}/`, message: 'has a viewpoint, but no markup.bcf' });
      return done;
    }
    await this.#collect(done, entry, async () => {
      const { handler, markup } = markupHandler();
      await this.#parse(entry, handler, done);
      const viewpoints: BcfViewpoint[] = [];
      for (const reference of this.#references(folder, markup.viewpoints))
        viewpoints.push(await this.#viewpoint(folder, reference, done));
      const built = buildTopic({ markup, viewpoints, entry, folder, version: this.#version });
      done.warnings.push(...built.warnings.map((line) => `${cleanText(entry, 120)}: ${line}`));
      const key = built.topic.guid.toLowerCase();
      const other = this.#seen.get(key);
      if (other !== undefined)
        throw new BcfDefect(`has the same GUID as ${cleanText(other, 120)}; only that topic counts`);
      this.#seen.set(key, entry);
      done.topic = built.topic;
    });
    return done;
  }

  /** Archives of BCF 1.0 do not name the viewpoint; it has a fixed name. */
  #references(folder: string, named: readonly ViewpointReference[]): readonly ViewpointReference[] {
    if (named.length > 0 || this.#names.find(folder, 'viewpoint.bcfv') === null) return named;
    const snapshot = this.#names.find(folder, 'snapshot.png') === null ? null : 'snapshot.png';
    return [{ guid: null, viewpoint: 'viewpoint.bcfv', snapshot }];
  }

  async #viewpoint(folder: string, reference: ViewpointReference, done: ReadFolder): Promise<BcfViewpoint> {
    const find = (what: string, name: string | null): string | null => {
      if (name === null) return null;
      const found = this.#names.find(folder, name);
      if (found === null)
        done.warnings.push(
          `${cleanText(folder, 120)}: the ${what} ${cleanText(name, 120)} is not in the archive`,
        );
      return found;
    };
    const entry = find('viewpoint', reference.viewpoint);
    const snapshot = find('snapshot', reference.snapshot);
    const viewpoint: BcfViewpoint = { guid: reference.guid, entry, snapshot, globalIds: [] };
    if (entry === null) return viewpoint;
    await this.#collect(done, entry, async () => {
      const { handler, globalIds } = viewpointHandler();
      await this.#parse(entry, handler, done);
      viewpoint.globalIds = globalIds();
    });
    return viewpoint;
  }

  /** Runs `step`; what is wrong with the entry becomes a problem. */
  async #collect(done: ReadFolder, entry: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof BcfDefect || error instanceof ZipDefect)) throw error;
      done.problems.push({ entry, message: error.message });
    }
  }

  async #parse(name: string, handler: XmlHandler, { warnings }: ReadFolder): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new BcfDefect('is not in the archive');
    if (entry.size > MOST_XML) throw new BcfDefect(`is larger than ${bytesText(MOST_XML)}`);
    this.#xmlBytes += entry.size;
    if (this.#xmlBytes > MOST_XML_IN_ALL)
      throw new BcfDefect(`was not read: the archive has more than ${bytesText(MOST_XML_IN_ALL)} of XML`);
    const reader = new XmlReader(handler);
    for await (const piece of entry.read()) reader.write(piece);
    reader.end();
    warnings.push(...reader.warnings.map((line) => `${cleanText(name, 120)} ${line}`));
  }
}
