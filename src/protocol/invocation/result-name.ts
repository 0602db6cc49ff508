// The name a result gets on this disk: what a server calls it is a suggestion, one safe segment is what it becomes.

import { fileNameFrom } from './content-disposition.js';

/** UTF-8 bytes. File systems stop at 255; the rest is for ` (12)`, `.rejected` and `.run.json`. */
const LIMIT = 200;

/** An ending longer than this (bytes, with its dot) is part of the name, not a file type. */
const LONGEST_EXTENSION = 32;

/** Controls, bidi and zero-width characters, lone surrogates, line separators, and what Windows forbids. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu;

/** Names that Windows opens as a device, with whatever extension and blanks before it. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu;

/**
 * `suggested` as one file name that is safe on every platform, or null when nothing of it can be used.
 *
 * The last segment after `/` and `\`; control, bidi and forbidden characters (`:` too, so no stream) become `_`;
 * leading dots and dashes become one `_` (no hidden file, nothing that reads as an option); trailing dots and
 * blanks go; device names get `_` in front; at most 200 bytes of UTF-8, the extension kept (CASES B119 to B125).
 * Applying it twice changes nothing.
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
  /** Content-Disposition as text (`decodeHeaderText`), null when the answer had none. */
  disposition: string | null;
  serviceId: string;
  /** Path of the model as it was given, by the rules of any platform; null for stdin. */
  modelPath: string | null;
  /** Extension that fits the content, with or without its dot; empty when nothing is known. */
  extension: string;
}

/**
 * The name of a result: the server's suggestion made safe, else `<model stem>.<service id>.<extension>`. Always one
 * safe segment of at most 200 bytes.
 */
export function resultName({ disposition, serviceId, modelPath, extension }: ResultNameSource): string {
  const suggested = disposition === null ? null : fileNameFrom(disposition);
  const safe = suggested === null ? null : safeFileName(suggested);
  if (safe !== null) return safe;
  const model = (modelPath === null ? null : safeFileName(modelPath)) ?? 'model';
  const tail = ['', serviceId.replace(/[/\\]/g, '-'), extension.replace(/^\.+/, '')].join('.');
  const stem = cut(withoutExtension(model), LIMIT - bytes(tail));
  return safeFileName(stem + tail) ?? 'result';
}

/** `name (n).ext`, for a name that is taken; the stem gives way where the limit is near. */
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

/** With its dot; empty where there is none. A leading dot begins a name, not an extension. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  return bytes(extension) <= LONGEST_EXTENSION ? extension : '';
}

function withoutExtension(name: string): string {
  return name.slice(0, name.length - extensionOf(name).length);
}

/** Windows drops trailing dots and blanks itself: two names would be one file. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[\s.]/.test(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** As many whole code points of `text` as fit into `limit` bytes of UTF-8. */
function cut(text: string, limit: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, limit)));
  return text.slice(0, read);
}
