// What is known of newer versions of this program.

/** Times are epoch ms of the wall clock. */
export interface UpdateState {
  /** When npm was last asked, or would have been; null before the first command. */
  checkedAt: number | null;
  /** When the notice was last shown. */
  shownAt: number | null;
  /** The newest version that npm named. */
  latest: string | null;
}
