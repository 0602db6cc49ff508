// Whether there is a desktop that could show a browser.
import { platform } from 'node:os';

/** On Linux a browser needs a display (WSL opens the one of Windows); elsewhere a desktop is taken for granted. */
export function hasDesktop(env: Readonly<Record<string, string | undefined>>): boolean {
  return platform() !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}
