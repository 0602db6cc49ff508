// `--skip-done`: finds the receipt of an earlier run of the same model with the same settings, whose result is unchanged.
import { lastSegment } from '../../protocol/text/cut.js';
import { objectOf } from '../../protocol/text/json-object.js';
import type { FoundReceipt, NamedModel } from '../ports/result.js';
import { NO_TIMING } from './phase-times.js';
import type { OutputRecord } from './receive-result.js';
import type { RunInput } from './run-model.js';
import type { ArchiveRecord, RunRecord } from './run-record.js';
import { sameSettings, settingsOf } from './run-settings.js';

export interface DoneBeforePorts {
  /** The receipts in the folder where the result of the model would be; none for a pipe or stdout. */
  receiptsFor(model: NamedModel): Promise<FoundReceipt[]>;
  /** The SHA-256 of the model as it would be sent, in lower-case hex. Throws `model-unreadable`. */
  hashOfModel(path: string): Promise<string>;
  /** The absolute path of the file `name` in `folder`; null unless it has exactly this content. */
  unchanged(file: { folder: string; name: string; bytes: number; sha256: string }): Promise<string | null>;
}

/**
 * The record of the earlier run, with the path that its result has now; null when the model has to be sent. The newest of several
 * receipts counts. A model from stdin is always sent.
 */
export async function doneBefore(input: RunInput, ports: DoneBeforePorts): Promise<RunRecord | null> {
  if (input.path === '-') return null;
  const settings = settingsOf(input.service, input.options);
  const receipts = (await ports.receiptsFor(input)).filter(
    ({ fields }) =>
      fields.outcome === 'done' && fields.error === null && sameSettings(fields.settings, settings),
  );
  if (receipts.length === 0) return null;
  const sha256 = await ports.hashOfModel(input.path);
  const same = receipts
    .filter(({ fields }) => objectOf(fields.input)?.sha256 === sha256)
    .toSorted((one, other) => startOf(other).localeCompare(startOf(one)));
  for (const receipt of same) {
    const record = await recordOf(receipt, input.path, ports);
    if (record !== null) return record;
  }
  return null;
}

function startOf({ fields }: FoundReceipt): string {
  return typeof fields.startedAt === 'string' ? fields.startedAt : '';
}

/** What the receipt says; null when it is damaged, or its result is gone or has changed. */
async function recordOf(
  { folder, fields }: FoundReceipt,
  path: string,
  ports: DoneBeforePorts,
): Promise<RunRecord | null> {
  const service = objectOf(fields.service);
  const input = objectOf(fields.input);
  if (typeof service?.id !== 'string' || typeof service.resourceUrl !== 'string' || input === null)
    return null;
  const output = fields.output === null ? null : await outputOf(folder, objectOf(fields.output), ports);
  if (output === undefined) return null;
  const status = objectOf(fields.http)?.status;
  return {
    service: { id: service.id, resourceUrl: service.resourceUrl },
    outcome: 'done',
    input: {
      path,
      bytes: typeof input.bytes === 'number' ? input.bytes : null,
      sha256: textOf(input.sha256),
      type: textOf(input.type),
      announcedType: textOf(input.announcedType),
      archive: archiveOf(objectOf(input.archive), path),
    },
    output,
    contextId: textOf(fields.contextId),
    http: { status: typeof status === 'number' ? status : null },
    flow: fields.flow === 'sync' || fields.flow === 'async' ? fields.flow : null,
    warnings: Array.isArray(fields.warnings)
      ? fields.warnings.filter((line) => typeof line === 'string')
      : [],
    timing: NO_TIMING,
    error: null,
    skipped: true,
  };
}

/** Undefined when the file is not the result that the receipt describes. The folder may have been moved since. */
async function outputOf(
  folder: string,
  output: Record<string, unknown> | null,
  ports: DoneBeforePorts,
): Promise<OutputRecord | undefined> {
  if (output === null) return undefined;
  const { path, bytes, sha256, contentType, type, announcedType, title } = output;
  if (typeof path !== 'string' || typeof bytes !== 'number' || typeof sha256 !== 'string') return undefined;
  const name = lastSegment(path);
  const now = await ports.unchanged({ folder, name, bytes, sha256 });
  if (now === null) return undefined;
  return {
    path: now,
    bytes,
    sha256,
    contentType: textOf(contentType),
    type: textOf(type),
    announcedType: textOf(announcedType),
    title: textOf(title),
  };
}

/** Null for a model that is no member of an archive. */
function archiveOf(archive: Record<string, unknown> | null, path: string): ArchiveRecord | null {
  const { bytes, sha256, member } = archive ?? {};
  if (typeof bytes !== 'number' || typeof member !== 'string') return null;
  return { path, bytes, sha256: textOf(sha256), member };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
