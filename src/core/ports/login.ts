// The parts of this machine that a login needs: a browser, and a listener for the callback.

export interface Browser {
  /**
   * Opens an address for a person. Rejects when no browser could be started; the login then continues without it. `done`
   * aborts when the person is through with the page: what was made for opening it is removed.
   */
  open(url: string, done: AbortSignal): Promise<void>;
}

/** What the callback page shows after the exchange. */
export interface CallbackPageText {
  ok: boolean;
  /** Only fixed texts: nothing from a server or from the address is shown (CASES B017). */
  text: 'authorized' | 'denied' | 'failed';
}

/** A request to our redirect address with our state. */
export interface Callback {
  /** The query of the redirect, as sent. */
  parameters: URLSearchParams;
  /** Shows the page to the person. Resolves when it is sent or when the browser has closed. */
  respond(page: CallbackPageText): Promise<void>;
}

export interface CallbackListener extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/PATH`, as bound. */
  readonly redirectUri: string;
  /**
   * The first request that `isOurs` accepts (it checks the state). Other requests get a response and are reported to
   * `onStray`; they never end the login (CASES B005, B007, B010).
   */
  next(isOurs: (parameters: URLSearchParams) => boolean, signal: AbortSignal): Promise<Callback>;
}

/** Binds only 127.0.0.1, or [::1] where there is no IPv4. `port` 0: any free port. Throws BimServiceError `port-busy`. */
export type OpenListener = (options: {
  port: number;
  path: string;
  /** Id of the service, which the page names. */
  service: string;
  /** After a success the page stays for some seconds: for a person with a browser. */
  keepsPage?: boolean;
  /** `tls`: a browser that uses https for the redirect address; it has no parameters. */
  onStray: (reason: 'wrong-state' | 'tls', parameters: URLSearchParams) => void;
}) => Promise<CallbackListener>;
