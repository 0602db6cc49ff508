// The colors of the lines on stderr, when the terminal supports them and the person wants them.

/** Paints kinds of text. Each function returns its text unchanged when colors are off. */
export interface Paint {
  /** The word `error:`. */
  error(text: string): string;
  /** The word `warning:`. */
  warning(text: string): string;
  /** The word for a saved result. */
  done(text: string): string;
  debug(text: string): string;
}

const same = (text: string) => text;
export const PLAIN: Paint = { error: same, warning: same, done: same, debug: same };

export interface ColorSettings {
  env: Readonly<Record<string, string | undefined>>;
  stderr: { readonly isTTY?: boolean };
  /** False with `--no-color`. */
  allowed: boolean;
}

/** NO_COLOR, `TERM=dumb` and a CI job switch colors off (its log keeps plain lines), FORCE_COLOR switches them on for a pipe. */
export function wantsColor({ env, stderr, allowed }: ColorSettings): boolean {
  if (!allowed || env.NO_COLOR || env.TERM === 'dumb') return false;
  return (stderr.isTTY === true && !env.CI) || Boolean(env.FORCE_COLOR);
}

/** The paint for these settings; chalk is loaded only when colors are on. */
export async function openPaint(settings: ColorSettings): Promise<Paint> {
  if (!wantsColor(settings)) return PLAIN;
  const { Chalk } = await import('chalk');
  const { red, yellow, green, dim } = new Chalk({ level: 1 });
  return { error: red, warning: yellow, done: green, debug: dim };
}
