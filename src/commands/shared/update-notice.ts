// The notice that a newer version is there, after a command that a person has typed.
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { dueUpdate } from '../../core/updates/due-update.js';
import { cacheFolder } from '../../io/files/folders.js';
import { readUpdateFile, writeUpdateFile } from '../../io/updates/update-file.js';

/**
 * Shows the notice, and starts the next check; each at most once a day. It reads one small file, and is called only where
 * `isNoticed` of the context is true. Without a folder that can be written to, it does nothing.
 */
export async function updateNotice(context: Context): Promise<void> {
  const { configDir, runtime, reporter } = context;
  if (configDir === null) return;
  const path = join(cacheFolder(configDir), 'update.json');
  const state = readUpdateFile(path);
  const now = runtime.clock.now();
  const { start, ask, show } = dueUpdate(state, runtime.version, now);
  if ((!start && !ask && show === null) || !context.config.read().updateNotice) return;
  const next = {
    ...state,
    checkedAt: start || ask ? now : state.checkedAt,
    shownAt: show === null ? state.shownAt : now,
  };
  // Written first: where it cannot be, each command would ask, and say the same.
  if (!(await writeUpdateFile(path, next, runtime.pid))) return;
  if (show !== null) {
    reporter.info(
      `\nbimservice ${show} is there (this is ${runtime.version}). To install it: npm install -g bimservice`,
    );
    reporter.info('To see no such notice: bimservice config set updateNotice false');
  }
  if (!ask) return;
  const { startCheck } = await import('../../io/updates/start-check.js');
  startCheck(path);
}
