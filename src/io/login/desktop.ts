// Finds out whether there is a desktop that can show a browser.
import { platform } from 'node:os';

/** On Linux a browser needs a display (in WSL it opens on Windows); other systems are expected to have a desktop. */
export function hasDesktop(env: Readonly<Record<string, string | undefined>>): boolean {
  return platform() !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}
