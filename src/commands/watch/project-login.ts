// The flags for projects on a BIMserver, and the login there.
import type { Context } from '../../context.js';
import type { ProjectLogin } from '../../core/bimserver/project-api.js';
import { BimServiceError } from '../../errors.js';
import type { WatchedProjects } from '../../library/watch/open-projects.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { Secret } from '../../secret.js';
import { secretFromStdin } from '../shared/stdin-secret.js';

export interface ProjectFlags {
  bimserver?: string;
  project?: string[];
  user?: string;
}

/** Null: folders are watched. Throws `usage` where it is neither folders nor projects. */
export function projectsOf(
  context: Context,
  paths: readonly string[],
  { bimserver, project, user }: ProjectFlags,
): WatchedProjects | null {
  if (bimserver === undefined) {
    if (project !== undefined || user !== undefined)
      throw new BimServiceError('usage', '--project and --user need the server: --bimserver URL');
    if (paths.length === 0)
      throw new BimServiceError('usage', 'watch needs a folder, or --bimserver URL and --project NAME');
    return null;
  }
  if (paths.length > 0)
    throw new BimServiceError('usage', 'watch takes either folders or a --bimserver, not both');
  if (project === undefined)
    throw new BimServiceError('usage', '--bimserver needs a project', { hint: 'Name it: --project NAME' });
  return { server: bimserver, names: project, login: (site) => loginOf(context, site, user) };
}

/** A secret is never an argument: it comes from the environment, the terminal or stdin. */
async function loginOf(context: Context, site: URL, user: string | undefined): Promise<ProjectLogin> {
  const { BIMSERVICE_BIMSERVER_TOKEN, BIMSERVICE_BIMSERVER_PASSWORD } = context.runtime.env;
  if (user !== undefined) {
    const what = `password of ${cleanText(user, 60)} at ${site.host}`;
    const password = BIMSERVICE_BIMSERVER_PASSWORD || (await secretFromStdin(context, what));
    return { kind: 'password', user, password: new Secret(password) };
  }
  const what = `token of the user at ${site.host} (or name the user: --user NAME)`;
  const token = BIMSERVICE_BIMSERVER_TOKEN || (await secretFromStdin(context, what));
  return { kind: 'token', token: new Secret(token.trim()) };
}
