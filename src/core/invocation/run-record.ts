// One run as data: a document of `--json`, and with three more members the receipt beside a result.
import { type ErrorShape, errorShape } from '../../error-shape.js';
import type { BimServiceError, Outcome } from '../../errors.js';
import type { FindingsRecord } from '../findings/findings-record.js';
import { NO_TIMING, type Timing } from './phase-times.js';
import type { OutputRecord } from './receive-result.js';
import type { RunSettings } from './run-settings.js';
import type { Invocation, ResultFlow } from './send-model.js';

/** As published in schemas/invoke-output.schema.json. */
export interface RunRecord {
  service: { id: string; resourceUrl: string };
  outcome: Outcome;
  input: {
    path: string;
    bytes: number | null;
    sha256: string | null;
    type: string | null;
    announcedType: string | null;
    archive: ArchiveRecord | null;
  };
  output: OutputRecord | null;
  contextId: string | null;
  http: { status: number | null };
  flow: ResultFlow | null;
  warnings: string[];
  timing: Timing;
  /** Absent without gates and comparison, and where no result was to be judged. */
  findings?: FindingsRecord;
  error: ErrorShape | null;
  /** Present when an earlier run of the same model was taken (`--skip-done`). */
  skipped?: true;
}

/** The archive that the model was unpacked from. */
export interface ArchiveRecord {
  path: string;
  bytes: number;
  sha256: string | null;
  /** The name of the model in it. */
  member: string;
}

/** What is known about a run that may have ended at any point. */
export interface RunFacts {
  serviceId: string;
  /** The address to which the model was, or would have been, posted. */
  url: string;
  /** The model as the person named it. */
  path: string;
  /** The size of the model in bytes; null when it was not opened, or is a stream. */
  length: number | null;
  /** What the model is, in the spelling that is sent where that is the same type. */
  schema: string | null;
  /** As it is sent. */
  inputType: string | null;
  /** Null for a model that is no member of an archive. */
  archive: ArchiveRecord | null;
  /** The warnings of this run, as they were shown. */
  warnings: string[];
  /** Null when the run ended before the request. */
  invocation: Invocation | null;
  /** Absent without gates and comparison, and where no result was to be judged. */
  findings?: FindingsRecord;
  error: BimServiceError | null;
}

export function runRecord(facts: RunFacts): RunRecord {
  const { invocation, error } = facts;
  return {
    service: { id: facts.serviceId, resourceUrl: facts.url },
    outcome: invocation?.outcome ?? error?.outcome ?? 'not-sent',
    input: {
      path: facts.path,
      bytes: invocation?.sentBytes ?? facts.length,
      sha256: invocation?.sentSha256 ?? null,
      type: facts.schema,
      announcedType: facts.inputType,
      archive: facts.archive,
    },
    output: invocation?.output ?? null,
    contextId: invocation?.contextId ?? null,
    http: { status: invocation?.status ?? null },
    flow: invocation?.flow ?? null,
    warnings: facts.warnings,
    timing: invocation?.timing ?? NO_TIMING,
    ...(facts.findings === undefined ? {} : { findings: facts.findings }),
    error: error === null ? null : errorShape(error),
  };
}

/** The receipt of a run (schemas/receipt.schema.json). `startedAt`: epoch ms. */
export function receiptOf(
  record: RunRecord,
  { version, startedAt, settings }: { version: string; startedAt: number; settings: RunSettings },
): object {
  return { ...record, tool: 'bimservice', version, startedAt: new Date(startedAt).toISOString(), settings };
}
