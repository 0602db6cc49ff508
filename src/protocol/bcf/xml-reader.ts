// Reads an XML entry of a BCF archive piece by piece. It builds no tree, fetches nothing, and expands no entity except the five
// of XML itself and character references.

import sax from 'sax';
import { cleanText } from '../text/clean-text.js';
import { StreamDecoder } from '../text/stream-decoder.js';
import { BcfDefect } from './bcf-defect.js';

/** No schema of BCF nests more than ten elements. */
const DEEPEST = 64;
/** No element of BCF has more than six attributes. Extensions may add some. */
const MOST_ATTRIBUTES = 100;
/** The most characters of a text: a description is a few lines. */
const LONGEST_TEXT = 1024 * 1024;

// The types of sax do not know the option. Without it, sax also knows the entities of HTML.
const OPTIONS: sax.SAXOptions & { strictEntities: boolean } = { strictEntities: true };

/** Hears the elements of a document. Names are without their prefixes; `path` is like `Markup/Topic/Title`. */
export interface XmlHandler {
  open(path: string, attributes: Readonly<Record<string, string>>): void;
  /** `text`: the text of the element itself, without that of its children, and without blanks around it. */
  close(path: string, text: string): void;
}

/** Takes the bytes of one document. Every method throws a BcfDefect where they are not XML, or too much of it. */
export class XmlReader {
  readonly #parser = sax.parser(true, OPTIONS);
  #decoder: StreamDecoder | null = null;

  constructor(handler: XmlHandler) {
    const parser = this.#parser;
    const paths: string[] = [];
    const texts: string[] = [];
    let attributes = 0;
    parser.onerror = (error) => {
      const [reason = ''] = error.message.split('\n', 1);
      throw new BcfDefect(`is no whole XML: ${cleanText(reason, 80)} (line ${parser.line + 1})`);
    };
    parser.onopentagstart = () => {
      attributes = 0;
    };
    parser.onattribute = () => {
      attributes += 1;
      if (attributes > MOST_ATTRIBUTES)
        throw new BcfDefect(`has an element with more than ${MOST_ATTRIBUTES} attributes`);
    };
    parser.onopentag = (tag) => {
      if (paths.length >= DEEPEST) throw new BcfDefect(`nests more than ${DEEPEST} elements`);
      const parent = paths.at(-1);
      const name = tag.name.slice(tag.name.indexOf(':') + 1);
      const path = parent === undefined ? name : `${parent}/${name}`;
      paths.push(path);
      texts.push('');
      const own: Record<string, string> = {};
      for (const [key, value] of Object.entries(tag.attributes))
        own[key] = typeof value === 'string' ? value : value.value;
      handler.open(path, own);
    };
    parser.ontext = (text) => {
      const at = texts.length - 1;
      const all = (texts[at] ?? '') + text;
      if (all.length > LONGEST_TEXT)
        throw new BcfDefect(`has a text of more than ${LONGEST_TEXT} characters`);
      texts[at] = all;
    };
    parser.oncdata = parser.ontext;
    parser.onclosetag = () => {
      const path = paths.pop();
      const text = texts.pop();
      if (path !== undefined) handler.close(path, (text ?? '').replace(/\r\n?/g, '\n').trim());
    };
  }

  write(bytes: Uint8Array): void {
    this.#decoder ??= new StreamDecoder(encodingOf(bytes));
    this.#parser.write(this.#decoder.decode(bytes));
  }

  /** The document is complete. */
  end(): void {
    if (this.#decoder === null) throw new BcfDefect('is empty');
    const rest = this.#decoder.end();
    if (rest !== '') this.#parser.write(rest);
    this.#parser.close();
  }

  /** What a person should know of how the document was read. */
  get warnings(): string[] {
    return this.#decoder?.isReplaced ? ['is not UTF-8 as it says; it was read as Windows-1252'] : [];
  }
}

/** By the byte order mark, otherwise by the XML declaration; UTF-8 without either (XML 1.0, appendix F). */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const [, named = 'utf-8'] =
    /^[^<]{0,3}<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([\w.-]{1,40})["']/.exec(head) ?? [];
  try {
    const { encoding } = new TextDecoder(named);
    // Text that could be read up to here has one byte a character.
    return encoding.startsWith('utf-16') ? 'utf-8' : encoding;
  } catch {
    throw new BcfDefect(`has the unknown encoding ${cleanText(named, 40)}`);
  }
}
