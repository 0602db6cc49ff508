// The type under which a model is sent: detected from its content, or set by the person.
import { BimServiceError } from '../../errors.js';
import { howToExport } from '../../protocol/content/foreign-model.js';
import type { RefusedModel } from '../../protocol/content/model-type.js';
import { formatId, formatsOf, relationTo, withoutVersion } from '../../protocol/content/result-type.js';
import { normalizeSchemaName, sameSchema } from '../../protocol/content/schema-names.js';
import type { Dialect } from '../../protocol/dialects/dialect.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { ModelSource } from '../ports/model.js';
import type { Reporter } from '../ports/terminal.js';

export interface InputTypeOptions {
  /** `--input-type`: replaces the detected type. */
  inputType: string | null;
  allowEmpty: boolean;
}

/** What a model is, and the schema under which it is sent. */
export interface InputType {
  /** By its content; where that does not show it, what it is sent as. */
  schema: string;
  sentAs: string;
}

/** The type of a model. Throws `model-empty` and `not-a-model`. */
export function inputTypeOf(
  { detected, path }: Pick<ModelSource, 'detected' | 'path'>,
  service: Service,
  dialect: Pick<Dialect, 'takenAs'>,
  { inputType, allowEmpty }: InputTypeOptions,
  reporter: Reporter,
): InputType {
  const name = cleanText(path);
  if (detected.kind === 'refused' && detected.reason === 'empty') {
    if (!allowEmpty)
      throw new BimServiceError('model-empty', `${name} is empty (0 bytes)`, {
        hint: 'Export it again, or send it as it is with --allow-empty.',
      });
    const named = inputType ?? service.inputs[0] ?? 'IFC_STEP';
    return { schema: named, sentAs: named };
  }
  if (inputType !== null) {
    const contradiction = contradictionOf(detected, inputType);
    if (contradiction !== null) reporter.warn(`${name} ${contradiction}; sending it as ${inputType}`);
    else warnUnlisted(service, [inputType], reporter);
    return { schema: detected.kind === 'model' ? detected.type : inputType, sentAs: inputType };
  }
  if (detected.kind === 'refused') {
    throw notAModel(path, detected, 'To send it anyway, name its type: --input-type TYPE');
  }
  for (const warning of detected.warnings) reporter.warn(`${name}: ${warning}`);
  const sentAs = dialect.takenAs(service.inputs, detected.type);
  warnUnlisted(service, [detected.type, sentAs], reporter);
  if (sentAs !== detected.type)
    reporter.debug(`${name} is ${detected.type}; this kind of server takes it as ${sentAs}`);
  return { schema: detected.type, sentAs };
}

/** A warning when `service` lists types and none of `types`, the names of one type; a list may be incomplete (PROTOCOL 1.1). */
function warnUnlisted(
  { id, inputs }: Service,
  types: readonly [string, ...string[]],
  reporter: Reporter,
): void {
  if (inputs.length === 0 || inputs.some((listed) => types.some((type) => sameSchema(listed, type)))) return;
  const listed = inputs.map((type) => cleanText(type, 40)).join(', ');
  reporter.warn(`${id} does not list ${cleanText(types[0], 40)} (it lists ${listed}); sending it anyway`);
}

/** The error for a file that is no model: what it is, and how to get a model, where that is known; then `more`. */
export function notAModel(path: string, { message, howTo }: RefusedModel, more?: string): BimServiceError {
  const lines = [howTo ?? howToExport(path), more ?? null].filter((line) => line !== null);
  const hint = lines.length === 0 ? {} : { hint: lines.join('\n') };
  return new BimServiceError('not-a-model', `${cleanText(path)} ${message}`, hint);
}

/** Why a model cannot be what `--input-type` calls it, as the rest of a sentence; null where it may be. */
function contradictionOf(detected: ModelSource['detected'], inputType: string): string | null {
  const formats = formatsOf(inputType);
  if (formats === null || !formats.some(({ id }) => id !== null)) return null;
  if (detected.kind === 'model') {
    const isSame = formatsOf(detected.type)?.some(({ content }) =>
      formats.some((format) => relationTo({ content, schema: detected.type }, format) === 'same'),
    );
    return isSame ? null : `is ${detected.type} by its content, not ${normalizeSchemaName(inputType)}`;
  }
  const family = formatId(detected.family ?? '');
  const isOfFamily = formats.some(({ id }) => id !== null && withoutVersion(id) === family);
  return isOfFamily ? null : detected.message;
}
