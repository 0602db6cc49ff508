// The public API: list, register, authorize, token, invoke, read BCF, watch; and readers of bytes and text that do no I/O. It
// prints nothing and reads no environment. Anything that is not exported here may change in any version.
/// <reference lib="esnext.disposable" preserve="true" />

export type { ClientOptions } from './core/authorization/register.js';
export type { ProjectLogin } from './core/bimserver/project-api.js';
export type { MatchedBy, Persisting, TopicComparison } from './core/findings/compare-topics.js';
export type {
  Change,
  ComparisonRecord,
  FindingsRecord,
  GateRecord,
  RunOrigin,
} from './core/findings/findings-record.js';
export type { GateOutcome } from './core/findings/outcome.js';
export type { Timing } from './core/invocation/phase-times.js';
export type { Flow } from './core/invocation/plan-request.js';
export type { OutputRecord } from './core/invocation/receive-result.js';
export type { ModelRun } from './core/invocation/run-model.js';
export type { ArchiveRecord, RunRecord } from './core/invocation/run-record.js';
export type { ResultFlow } from './core/invocation/send-model.js';
export type { AccessToken, Registration, TokenEncoding } from './core/ports/credentials.js';
export type {
  ChannelEvent,
  ChannelRequest,
  FormField,
  HttpClient,
  ModelRequest,
  ModelResponse,
  RunChannel,
  SmallRequest,
  SmallResponse,
  TransferProgress,
} from './core/ports/http.js';
export type { CachedList, ListCache } from './core/ports/list-cache.js';
export type { Callback, CallbackListener, CallbackPageText, OpenListener } from './core/ports/login.js';
export type { ListedService } from './core/repository/load-repositories.js';
export type { RepositorySource } from './core/repository/read-source.js';
export type { PauseReason } from './core/watch/pauses.js';
export type { WatchEvent as RevisionEvent } from './core/watch/watch-events.js';
export type { ErrorShape } from './error-shape.js';
export {
  BimServiceError,
  type ErrorCode,
  type ErrorDetails,
  EXIT_CODES,
  type Outcome,
  type Phase,
} from './errors.js';
export {
  type JudgedResult,
  type JudgeOptions,
  type Judging,
  judgeFile,
  openJudge,
  type ResultContent,
} from './library/bcf/judging.js';
export { readBcf, SnapshotNames, type SnapshotOptions, saveSnapshots } from './library/bcf/read-bcf.js';
export type { Client } from './library/client/client.js';
export { type ClientSettings, createClient, type Message } from './library/client/create-client.js';
export type { EventStream } from './library/client/event-stream.js';
export { fileListCache, fileStore, keyringStore, memoryStore, type Store } from './library/client/store.js';
export {
  type Authorized,
  type AuthorizeEvent,
  type AuthorizeOptions,
  authorize,
  type ConsentOptions,
} from './library/consent/authorize.js';
export { authorizeDevice } from './library/consent/authorize-device.js';
export { type AuthorizeUserOptions, authorizeUser } from './library/consent/authorize-user.js';
export type { Agree, Question } from './library/consent/confirm-hosts.js';
export { exportCredentials, importCredentials } from './library/consent/credentials.js';
export { type Registered, type RegisterOptions, register } from './library/consent/register.js';
export {
  type ExchangeOptions,
  exchangeCode,
  storeToken,
  type TokenOptions,
  token,
} from './library/consent/token.js';
export { checkInvoke } from './library/invoke/check-run.js';
export { invoke, resultOf } from './library/invoke/invoke.js';
export { type EndedRun, type InvokeAllResult, invokeAll } from './library/invoke/invoke-all.js';
export type {
  Destination,
  InvokeEvent,
  InvokeOptions,
  InvokeResult,
  Model,
  OnInvokeEvent,
  RunOptions,
} from './library/invoke/options.js';
export { type InvokePlan, type PlanListeners, type PlannedPost, planAll } from './library/invoke/plan.js';
export { type FindOptions, find } from './library/services/find.js';
export { type ListOptions, list, type ServiceList } from './library/services/list.js';
export { modelType } from './library/services/model-type.js';
export { type State, type StateOfService, state, states } from './library/services/state.js';
export type { WatchedProjects } from './library/watch/open-projects.js';
export { watch } from './library/watch/watch.js';
export {
  type OnWatchEvent,
  type WatchEvent,
  type WatchOptions,
  watchAll,
} from './library/watch/watch-all.js';
export type { BcfComment, BcfDocument, BcfProblem, BcfTopic, BcfViewpoint } from './protocol/bcf/topic.js';
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
export type { RunProgress, StreamText } from './protocol/invocation/run-channel.js';
export type { TokenAuthMethod } from './protocol/oauth/token.js';
export type { AddressRules } from './protocol/repository/addresses.js';
export {
  type ProviderList,
  type ReadingRules,
  type RefusedEntry,
  type Repository,
  readRepository,
} from './protocol/repository/repository.js';
export type {
  Discovery,
  EntryForm,
  MultipartUpload,
  OAuthEndpoints,
  Rebase,
  ServerMetadata,
  Service,
} from './protocol/repository/service.js';
export type { SiteKind, SiteKindOf } from './protocol/repository/site-address.js';
export type { JsonText, TextOrigin } from './protocol/text/decode-json.js';
export type { HeaderFields } from './protocol/text/headers.js';
export { parseJsonText } from './protocol/text/json5-text.js';
export { Secret } from './secret.js';
