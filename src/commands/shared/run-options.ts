// Turns the flags of a command that sends models into the options of a run.
import type { Context } from '../../context.js';
import type { Flow } from '../../core/invocation/plan-request.js';
import type { RunOptions } from '../../core/invocation/run-model.js';
import type { FormField } from '../../core/ports/http.js';
import { BimServiceError } from '../../errors.js';
import type { ReportFlags } from './reports.js';

/** The flags that `addRunOptions` (cli/run-options.ts) declares. */
export interface RunFlags {
  inputType?: string;
  expect?: string;
  field?: string[];
  contextId?: string;
  flow: Flow;
  wait?: number;
  jobs: number;
  allowEmpty?: boolean;
  keepRejected: boolean;
  requireResult?: boolean;
  /** Bytes. */
  maxResult?: number;
}

export interface InvokeFlags extends RunFlags, ReportFlags {
  output?: string;
  force?: boolean;
  dryRun?: boolean;
  receipt: boolean;
  failFast?: boolean;
  skipDone?: boolean;
  /** How often a model is sent again where that is safe. */
  retry: number;
}

/** Throws `usage` for an invalid `--field`. */
export async function runOptions(
  context: Context,
  flags: RunFlags & { receipt: boolean },
): Promise<RunOptions> {
  const fields = (flags.field ?? []).map((text) => formField(context, text));
  return {
    inputType: flags.inputType ?? null,
    expect: flags.expect ?? null,
    contextId: flags.contextId ?? null,
    flow: flags.flow,
    jobs: flags.jobs,
    fields,
    fieldsHash: await hashOf(fields),
    waitMs: flags.wait ?? null,
    allowEmpty: flags.allowEmpty ?? false,
    keepRejected: flags.keepRejected,
    requireResult: flags.requireResult ?? false,
    maxResult: flags.maxResult ?? null,
    receipt: flags.receipt,
    version: context.runtime.version,
  };
}

async function hashOf(fields: readonly FormField[]): Promise<string | null> {
  if (fields.length === 0) return null;
  const { hashOfFields } = await import('../../io/model/fields-hash.js');
  return hashOfFields(fields);
}

function formField(context: Context, text: string): FormField {
  const [, name = '', at = '', value = ''] = /^([^=]+)=(@?)([\s\S]*)$/.exec(text) ?? [];
  if (!/^[\w.-]+$/.test(name))
    throw new BimServiceError('usage', '--field takes NAME=VALUE, or NAME=@FILE', {
      hint: 'A name has letters, digits, "_", "." and "-".',
    });
  return at === '@' ? { name, file: context.path(value) } : { name, text: value };
}
