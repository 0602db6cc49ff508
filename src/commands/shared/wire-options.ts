// How a model is to be sent, as the flags and the service's entry have it: what the request asks for, and its form.
import type { Context } from '../../context.js';
import type { Flow } from '../../core/invocation/invoke-input.js';
import type { Prepared } from '../../core/invocation/prepare-invocation.js';
import type { FormUpload } from '../../core/ports/http.js';
import type { ModelSource } from '../../core/ports/model.js';
import { BimServiceError } from '../../errors.js';
import type { FormField } from '../../io/model/form-upload.js';
import { spellingFor } from '../../protocol/content/schema-names.js';
import type { AcceptFlow } from '../../protocol/invocation/invocation.js';
import type { Service } from '../../protocol/repository/service.js';

export interface WireFlags {
  expect?: string;
  contextId?: string;
  jobs: number;
  flow: Flow;
  field?: string[];
}

export interface WireOptions {
  outputType: string | null;
  contextId: string | null;
  flow: Flow;
  /** Of a run without a websocket; null: none is named. */
  acceptFlow: AcceptFlow | null;
  form: FormUpload | null;
}

/** Throws `usage` for fields that a service does not take, or wants and does not get. */
export async function wireOptions(
  context: Context,
  service: Service,
  { dialect, model }: Prepared,
  flags: WireFlags,
): Promise<WireOptions> {
  return {
    outputType: wantedType(service, flags.expect ?? null),
    contextId: flags.contextId ?? null,
    flow: chosenFlow(flags),
    acceptFlow: flags.flow !== 'auto' || dialect.asksForSync ? 'SYNC' : null,
    form: await formFor(context, service, model, flags),
  };
}

/** Runs over a websocket go one after the other; who asks for several at once gets them so, in answers. */
function chosenFlow({ flow, jobs }: WireFlags): Flow {
  return flow === 'auto' && jobs > 1 ? 'sync' : flow;
}

/** What BIMserver sends as a client (PROTOCOL 1.5): the type that is wanted, in the spelling of the service's list. */
function wantedType({ outputs }: Service, expect: string | null): string | null {
  const [only, ...others] = outputs;
  if (expect !== null) return spellingFor(outputs, expect);
  return only !== undefined && others.length === 0 && /^[\x21-\x7e]+$/.test(only) ? only : null;
}

/** What `--field` gives for a service that takes forms; the code for it is loaded for those only. */
async function formFor(
  context: Context,
  { id, multipart }: Service,
  model: ModelSource,
  { field = [] }: WireFlags,
): Promise<FormUpload | null> {
  if (multipart === undefined) {
    if (field.length === 0) return null;
    throw new BimServiceError(
      'usage',
      `${id} takes the model alone: --field is for services that take forms`,
      {
        hint: `See how it takes models: bimservice list ${id}`,
      },
    );
  }
  const fields = field.map((text): FormField => {
    const [, name = '', at = '', value = ''] = /^([^=]+)=(@?)([\s\S]*)$/.exec(text) ?? [];
    if (name === '') throw new BimServiceError('usage', '--field takes NAME=VALUE, or NAME=@FILE');
    return at === '@' ? { name, file: context.path(value) } : { name, text: value };
  });
  const { openForm } = await import('../../io/model/form-upload.js');
  return openForm(id, multipart, fields, model);
}
