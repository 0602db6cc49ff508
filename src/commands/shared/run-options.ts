// Turns the flags of a command that sends models into options of the library.

import type { Context } from '../../context.js';
import type { Flow } from '../../core/invocation/plan-request.js';
import type { FormField } from '../../core/ports/http.js';
import { BimServiceError } from '../../errors.js';
import type { Destination, RunOptions } from '../../library/invoke/options.js';
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
export function runOptions(context: Context, flags: RunFlags & { receipt: boolean }): RunOptions {
  const { inputType, expect, contextId, wait, maxResult } = flags;
  return {
    ...(inputType === undefined ? {} : { inputType }),
    ...(expect === undefined ? {} : { expect }),
    ...(contextId === undefined ? {} : { contextId }),
    ...(wait === undefined ? {} : { waitMs: wait }),
    ...(maxResult === undefined ? {} : { maxResult }),
    fields: (flags.field ?? []).map((text) => formField(context, text)),
    flow: flags.flow,
    allowEmpty: flags.allowEmpty ?? false,
    keepRejected: flags.keepRejected,
    requireResult: flags.requireResult ?? false,
    receipt: flags.receipt,
  };
}

/** What `-o` means: without it the working folder, `-` for stdout. */
export function destinationOf(context: Context, { output, force }: InvokeFlags): Destination {
  const replace = force ?? false;
  if (output === undefined) return { folder: '.', replace };
  if (output !== '-') return { path: output, replace };
  const { stdout } = context.runtime;
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
  };
}

function formField(context: Context, text: string): FormField {
  const [, name = '', at = '', value = ''] = /^([^=]+)=(@?)([\s\S]*)$/.exec(text) ?? [];
  if (!/^[\w.-]+$/.test(name))
    throw new BimServiceError('usage', '--field takes NAME=VALUE, or NAME=@FILE', {
      hint: 'A name has letters, digits, "_", "." and "-".',
    });
  return at === '@' ? { name, file: context.path(value) } : { name, text: value };
}
