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
const CDATA = '<![CDATA[';

/** Comments and declarations are left out; a CDATA section is text. */
export function tagsOf(body: string): Tag[] {
  const tags: Tag[] = [];
  let at = body.indexOf('<');
  while (at !== -1 && tags.length < MOST_TAGS) {
    const end = body.indexOf('>', at);
    if (end === -1) break;
    const isData = body.startsWith(CDATA, at);
    const dataEnd = isData ? body.indexOf(']]>', at) : -1;
    const next = body.indexOf('<', isData && dataEnd !== -1 ? dataEnd : end);
    const last = tags.at(-1);
    if (isData && last !== undefined) {
      last.text += body.slice(at + CDATA.length, dataEnd === -1 ? body.length : dataEnd);
    } else {
      const inside = body.slice(at + 1, Math.min(end, at + LONGEST_TAG)).toLowerCase();
      const [, slash = '', name = '', rest = ''] = /^(\/?)([a-z][\w.:-]{0,100})(.*)$/s.exec(inside) ?? [];
      if (name !== '') {
        const text = body.slice(end + 1, next === -1 ? body.length : next);
        const local = name.slice(name.indexOf(':') + 1);
        tags.push({ name: slash + local, attributes: rest.replace(/[\s"']/g, ''), text });
      }
    }
    at = next;
  }
  return tags;
}
