// What of a command decides the result besides the model: receipts keep it, so that `--skip-done` can compare.
import type { Service } from '../../protocol/repository/service.js';
import { objectOf } from '../../protocol/text/json-object.js';

export interface RunSettings {
  /** The address of the service in its list; the one that models are posted to can come with the token. */
  resourceUrl: string;
  /** Options as typed; null when they were not given. */
  inputType: string | null;
  expect: string | null;
  contextId: string | null;
  /** The SHA-256 of all fields of the form, which may hold secrets; null when there are none. */
  fields: string | null;
}

/** The options that are settings; `fieldsHash` is the SHA-256 of all fields of the form. */
export interface SettingOptions {
  inputType: string | null;
  expect: string | null;
  contextId: string | null;
  fieldsHash: string | null;
}

export function settingsOf(service: Service, options: SettingOptions): RunSettings {
  const { inputType, expect, contextId, fieldsHash } = options;
  return { resourceUrl: service.resourceUrl, inputType, expect, contextId, fields: fieldsHash };
}

/** True when `stored`, a member of a receipt, is the same as `settings`. */
export function sameSettings(stored: unknown, settings: RunSettings): boolean {
  const fields = objectOf(stored);
  return fields !== null && Object.entries(settings).every(([key, value]) => fields[key] === value);
}
