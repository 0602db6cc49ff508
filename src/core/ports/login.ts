// What a login needs of this machine: a browser and a listener for the redirect.

/** Opens an address for a person. Rejects when no opener could be started; that is a note, not a failure. */
export interface Browser {
  open(url: string): Promise<void>;
}

/** What the callback page shows once the exchange is over. */
export interface CallbackPageText {
  ok: boolean;
  /** Fixed texts only: nothing that a server or the address said is shown (CASES B017). */
  text: 'authorized' | 'denied' | 'failed';
}

/** A request to our redirect address that carried our state. */
export interface Callback {
  /** The query of the redirect, as sent. */
  parameters: URLSearchParams;
  /** Shows the page to the person; resolves when it is flushed or the browser is gone. */
  answer(verdict: CallbackPageText): Promise<void>;
}

export interface CallbackListener extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/PATH`, as bound. */
  readonly redirectUri: string;
  /**
   * The first request that `isOurs` accepts (it looks at the state). Others are answered and told to `onStray`, never
   * fatal (CASES B005, B007, B010).
   */
  next(isOurs: (parameters: URLSearchParams) => boolean, signal: AbortSignal): Promise<Callback>;
}

/** Binds 127.0.0.1 only. `port` 0 asks the kernel. Throws BimServiceError `port-busy`. */
export type OpenListener = (options: {
  port: number;
  path: string;
  onStray: (reason: 'wrong-state') => void;
}) => Promise<CallbackListener>;
