// The tags of a page or of XML that may be broken, in one pass over the text.

/** A start or end tag with the text that follows it. */
export interface Tag {
  /** In lower case, without a namespace prefix; with a slash before it for an end tag. */
  name: string;
  /** What the tag holds after its name: in lower case, without blanks and quotes, at most 1,000 characters. */
  attributes: string;
  /** The text up to the next tag. */
  text: string;
}

/** More tags than this are not read. */
const MOST_TAGS = 20_000;

const LONGEST_TAG = 1000;

/** What stands between `<` and the next tag, and how it ends. */
const DATA = { start: '<![CDATA[', end: ']]>' };
const COMMENT = { start: '<!--', end: '-->' };
const TAG = { start: '<', end: '>' };

/** Comments and declarations are left out; a CDATA section is text. What is not closed ends the reading. */
export function tagsOf(body: string): Tag[] {
  const tags: Tag[] = [];
  for (let at = body.indexOf('<'); at !== -1 && tags.length < MOST_TAGS; ) {
    const kind = [DATA, COMMENT].find(({ start }) => body.startsWith(start, at)) ?? TAG;
    const inside = at + kind.start.length;
    const end = body.indexOf(kind.end, inside);
    const last = tags.at(-1);
    if (kind === DATA && last !== undefined) last.text += body.slice(inside, end === -1 ? body.length : end);
    if (end === -1) break;
    const next = body.indexOf('<', end);
    const tag = kind === TAG ? tagIn(body.slice(inside, Math.min(end, at + LONGEST_TAG))) : null;
    if (tag !== null) tags.push({ ...tag, text: body.slice(end + 1, next === -1 ? body.length : next) });
    at = next;
  }
  return tags;
}

/** Null for a declaration, and for what is no tag. */
function tagIn(inside: string): Omit<Tag, 'text'> | null {
  const found = /^(\/?)([a-z][\w.:-]{0,100})(.*)$/s.exec(inside.toLowerCase());
  if (found === null) return null;
  const [, slash = '', name = '', rest = ''] = found;
  return { name: slash + name.slice(name.indexOf(':') + 1), attributes: rest.replace(/[\s"']/g, '') };
}
