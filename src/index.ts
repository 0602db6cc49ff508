// The public API, for software that lists services, checks a model before it is sent, or takes in a result. It does no I/O: bytes
// and text go in, meaning comes out. What is not exported here may change in any version.

export {
  BimServiceError,
  type ErrorCode,
  type ErrorDetails,
  EXIT_CODES,
  type Outcome,
  type Phase,
} from './errors.js';
export type { AddressRules } from './protocol/addresses.js';
export { decodeHeaderText, fileNameFrom } from './protocol/content-disposition.js';
export type { JsonText, TextOrigin } from './protocol/json-text.js';
export { parseJsonText } from './protocol/json5-text.js';
export {
  type DetectedModel,
  detectModel,
  HEAD_BYTES,
  type ModelType,
  type RefusalReason,
  type RefusedModel,
  TAIL_BYTES,
} from './protocol/model-type.js';
export {
  type ProviderList,
  type ReadingRules,
  type RefusedEntry,
  type Repository,
  readRepository,
} from './protocol/repository.js';
export { type ResultNameSource, resultName, safeFileName } from './protocol/result-name.js';
export { normalizeSchemaName, sameSchema } from './protocol/schema-names.js';
export type { EntryForm, OAuthEndpoints, Service } from './protocol/service.js';
