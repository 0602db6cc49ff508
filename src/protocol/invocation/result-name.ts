// Names the file of a result on this disk: the server's name is a suggestion, which becomes one safe segment.

import { type Claim, extensionClaim } from '../content/claims.js';
import { idInFileName } from '../text/id-in-file-name.js';
import { fileNamesFrom } from './content-disposition.js';

/** In UTF-8 bytes. File systems allow 255; the rest is for ` (12)`, `.rejected` and `.run.json`. */
const LIMIT = 200;

/** A longer ending than this (in bytes, with its dot) is part of the name and not an extension. */
const MAX_EXTENSION = 32;

/** Controls, bidi and zero-width characters, lone surrogates, line separators, and characters that Windows forbids. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu;

/** Names that Windows opens as a device, with any extension and with blanks before it. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu;

/**
 * `suggested` as one file name that is safe on every platform, or null when nothing in it can be used.
 *
 * Takes the last segment after `/` and `\`. Control, bidi and forbidden characters become `_` (`:` too, because it
 * names a stream). Leading dots and dashes become one `_`, so that the file is not hidden and does not look like an
 * option. Trailing dots and blanks are removed. Device names get `_` in front. The name has at most 200 bytes of UTF-8
 * and keeps its extension (CASES B119 to B125). A second call changes nothing.
 */
export function safeFileName(suggested: string): string | null {
  const segment = suggested.split(/[/\\]/).at(-1) ?? '';
  const cleaned = withoutTail(segment.trimStart())
    .replace(UNSAFE, '_')
    .replace(/^[.-]+/, '_');
  const name = shortened(cleaned, LIMIT);
  if (/^[_\s.]*$/.test(name)) return null;
  return DEVICE.test(name) ? `_${shortened(name, LIMIT - 1)}` : name;
}

/** What a result's name is made of. */
export interface ResultNameSource {
  /** Content-Disposition as text (`decodeHeaderText`); null when the response had none. */
  disposition: string | null;
  serviceId: string;
  /** The path of the model as given, by the rules of any platform; null for stdin. */
  modelPath: string | null;
  /** The extension that fits the content, with or without its dot; empty when it is unknown. */
  extension: string;
  /** The extensions that fit content of a format of its own, the best first; null: the server's name stays as it is. */
  fits?: readonly [string, ...string[]] | null;
}

/** The server's suggestion made safe; null when it gives no name that can be used. */
export function suggestedName(disposition: string | null): string | null {
  if (disposition === null) return null;
  for (const name of fileNamesFrom(disposition)) {
    const safe = safeFileName(name);
    if (safe !== null) return safe;
  }
  return null;
}

/** What the extension of a file name says about its content; null where it says nothing. */
export function claimOfName(fileName: string): Claim | null {
  return extensionClaim(extensionOf(fileName));
}

/** Extensions that say nothing about content, and are replaced too: defaults and names of scripts. */
const EMPTY_EXTENSIONS =
  /^\.(?:bin|dat|data|tmp|temp|out|file|download|php\d?|aspx?|ashx|jsp|do|cgi|pl|py)$/i;

/** The server's name with an extension that fits: a known one is replaced, any other stays a part of the name. */
function withFittingExtension(name: string, fits: readonly [string, ...string[]]): string {
  const extension = extensionOf(name).toLowerCase();
  if (fits.includes(extension)) return name;
  const isKnown = extensionClaim(extension) !== null || EMPTY_EXTENSIONS.test(extension);
  const stem = isKnown ? withoutExtension(name) : name;
  return safeFileName(cut(stem, LIMIT - bytes(fits[0])) + fits[0]) ?? name;
}

/**
 * The name of a result: the server's suggestion made safe and with an extension that fits the content, otherwise
 * `<model stem>.<service id>.<extension>`. Always one safe segment of at most 200 bytes.
 */
export function resultName(source: ResultNameSource): string {
  const { disposition, serviceId, modelPath, extension, fits = null } = source;
  const suggested = suggestedName(disposition);
  if (suggested !== null) return fits === null ? suggested : withFittingExtension(suggested, fits);
  const model = (modelPath === null ? null : safeFileName(modelPath)) ?? 'model';
  const tail = ['', idInFileName(serviceId), extension.replace(/^\.+/, '')].join('.');
  const stem = cut(withoutExtension(model), LIMIT - bytes(tail));
  return safeFileName(stem + tail) ?? 'result';
}

/** `name` in front of its extension, and the extension with its dot (empty when there is none). */
export function nameParts(name: string): { stem: string; extension: string } {
  return { stem: withoutExtension(name), extension: extensionOf(name) };
}

/** Who a result belongs to, where a command has several models. */
export interface NameOwner {
  /** Of the model, by the rules of any platform; `-` for stdin. */
  path: string;
  /** What the model is called among the others. */
  label: string;
  serviceId: string;
}

/** `name` as one of several: `{model}-{name}`, except for a name that was made of the model's already. */
export function nameAmongOthers(name: string, { path, label, serviceId }: NameOwner): string {
  const own = resultName({
    disposition: null,
    serviceId,
    modelPath: path === '-' ? null : path,
    extension: '',
  });
  const { stem } = nameParts(path === '-' ? 'model' : (safeFileName(path) ?? 'model'));
  const isOwn = name.startsWith(own.replace(/\.$/, '')) && own.startsWith(stem);
  const among = isOwn ? label + name.slice(stem.length) : `${label}-${name}`;
  return safeFileName(among) ?? name;
}

/** `name (n).ext`, for a name that already exists; the stem is shortened when the name would be too long. */
export function numbered(name: string, n: number): string {
  const extension = extensionOf(name);
  const tail = ` (${n})${extension}`;
  return cut(withoutExtension(name), LIMIT - bytes(tail)) + tail;
}

function shortened(name: string, limit: number): string {
  if (bytes(name) <= limit) return name;
  const extension = extensionOf(name);
  return withoutTail(cut(withoutExtension(name), limit - bytes(extension)) + extension);
}

/** With its dot; empty when there is none. A leading dot begins a name, not an extension. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  return bytes(extension) <= MAX_EXTENSION ? extension : '';
}

function withoutExtension(name: string): string {
  return name.slice(0, name.length - extensionOf(name).length);
}

/** Windows itself drops trailing dots and blanks, so two names would be one file. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[\s.]/.test(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The first whole code points of `text` that fit into `limit` bytes of UTF-8. */
function cut(text: string, limit: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, limit)));
  return text.slice(0, read);
}
