// Hears from the system that something changed in the watched folders. Without its events a watch only notices later.
import { type FSWatcher, watch } from 'chokidar';
import { messageOf, systemErrorCode } from '../../errors.js';
import { isModelName } from './model-folders.js';

/** Events of one write come together; so many ms after the first one they are passed on as one. */
const TOGETHER_MS = 100;
/** After trouble the events are asked for again after this long, twice as long each time. */
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 10 * 60_000;

export interface FolderEventOptions {
  paths: readonly string[];
  /** Nothing in it is of interest. */
  output: string;
  onChange: () => void;
  /** Hears once why no events come. */
  onTrouble: (line: string) => void;
}

export class FolderEvents implements AsyncDisposable {
  readonly #options: FolderEventOptions;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #isReported = false;
  #isClosed = false;

  constructor(options: FolderEventOptions) {
    this.#options = options;
    this.#start();
  }

  /** Asks for the events anew: a share was mounted again. */
  restart(): void {
    this.#retryMs = FIRST_RETRY_MS;
    void this.#stop().then(() => this.#start());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#stop();
    clearTimeout(this.#timer);
  }

  #start(): void {
    // While one restart stopped, another may have started, or the watch has ended.
    if (this.#isClosed || this.#watcher !== null) return;
    const { paths, output } = this.#options;
    // Folders are watched, not only files: a save that replaces a file is not seen otherwise.
    const watcher = watch([...paths], {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      ignored: (path, stats) =>
        path === output || (stats?.isFile() === true && !isModelName(path.split(/[/\\]/).at(-1) ?? '')),
    });
    this.#watcher = watcher;
    watcher.on('all', () => this.#changed());
    watcher.on('error', (error) => this.#failed(watcher, error));
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#options.onChange();
    }, TOGETHER_MS);
  }

  /** A share that goes away causes many errors (one for each folder): the first one closes the watcher. */
  #failed(watcher: FSWatcher, error: unknown): void {
    if (watcher !== this.#watcher) return;
    if (!this.#isReported) {
      this.#isReported = true;
      this.#options.onTrouble(troubleText(error));
    }
    void this.#stop();
    this.#retry = setTimeout(() => this.#start(), this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  async #stop(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = null;
    clearTimeout(this.#retry);
    await watcher?.close().catch(() => {});
  }
}

function troubleText(error: unknown): string {
  const code = systemErrorCode(error);
  // Linux reports the limit of inotify as a full disk.
  if (code === 'ENOSPC' || code === 'EMFILE')
    return 'the system watches no more folders (raise fs.inotify.max_user_watches); the folders are looked at from time to time';
  return `no events from the folders (${code ?? messageOf(error)}); they are looked at from time to time`;
}
