// What one run of a model is given: the prepared model, how it is sent, and the ports.
import type { AcceptFlow } from '../../protocol/invocation/invocation.js';
import type { CredentialStore } from '../ports/credentials.js';
import type { FormUpload, HttpClient, TransferProgress } from '../ports/http.js';
import type { ModelHash } from '../ports/model.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import type { ReceiveInput } from './receive-result.js';

/** How the service may hand over its result: in the answer, or over a websocket (PROTOCOL 1.7). */
export type Flow = 'sync' | 'async' | 'auto';

export interface InvokeInput extends ReceiveInput {
  outputType: string | null;
  /** The form that the model is a part of; null: it is the whole body. */
  form: FormUpload | null;
  /** Null: the server is not told how it may answer. */
  acceptFlow: AcceptFlow | null;
  /** `auto` goes on without a websocket where there is none. */
  flow: Flow;
  waitMs: number | null;
}

export interface InvokePorts {
  http: HttpClient;
  store: CredentialStore;
  clock: Clock;
  reporter: Reporter;
  onProgress: (progress: TransferProgress) => void;
  /** Hashes a model of so many bytes, null where they are not known. Null: nobody wants to see the hash. */
  openHash: ((length: number | null) => Promise<ModelHash>) | null;
}
