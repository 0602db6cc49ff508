// What the program that shows the page of a finished login gets, and how it is asked for its port.

/** A request with this header asks for the port: another login needs it. */
export const RELEASE_HEADER = 'bimservice-release';

export interface ShownPage {
  status: number;
  headers: Record<string, string>;
  html: string;
}

export interface HeldPage {
  /** Host and port, as a browser sends them. */
  authority: string;
  path: string;
  /** SHA-256 of the path and query of the callback: only this address shows `page`. */
  targetHash: string;
  page: ShownPage;
  /** For every other query. */
  otherwise: ShownPage;
  maxHeadBytes: number;
  /** A file that is there as long as the page is held. */
  mark: string;
}
