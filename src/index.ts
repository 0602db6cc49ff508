// The public API, for software that lists services, checks a model before it is sent, or reads a result. It does no I/O:
// it takes bytes and text, and returns what they mean. Anything that is not exported here may change in any version.

export {
  BimServiceError,
  type ErrorCode,
  type ErrorDetails,
  EXIT_CODES,
  type Outcome,
  type Phase,
} from './errors.js';
export {
  type DetectedModel,
  detectModel,
  HEAD_BYTES,
  type ModelType,
  type RefusalReason,
  type RefusedModel,
  TAIL_BYTES,
} from './protocol/content/model-type.js';
export { normalizeSchemaName, sameSchema } from './protocol/content/schema-names.js';
export { decodeHeaderText, fileNameFrom } from './protocol/invocation/content-disposition.js';
export { type ResultNameSource, resultName, safeFileName } from './protocol/invocation/result-name.js';
export type { AddressRules } from './protocol/repository/addresses.js';
export {
  type ProviderList,
  type ReadingRules,
  type RefusedEntry,
  type Repository,
  readRepository,
} from './protocol/repository/repository.js';
export type { EntryForm, OAuthEndpoints, Service } from './protocol/repository/service.js';
export type { JsonText, TextOrigin } from './protocol/text/decode-json.js';
export { parseJsonText } from './protocol/text/json5-text.js';
