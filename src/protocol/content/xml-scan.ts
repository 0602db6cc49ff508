// Reads the first elements of an XML document, as many as the caller wants, without building a tree.

import sax from 'sax';

/** The start tag of an element. */
export interface XmlElement {
  localName: string;
  /** The namespace of the element itself; empty when it has none. */
  namespace: string;
  /** The namespaces that this element itself declares. */
  declared: string[];
  /** The attributes, by their names as written. */
  attributes: ReadonlyMap<string, string>;
}

// Small pieces, so that a document whose root element is enough costs only one of them.
const CHUNK = 8 * 1024;

/** How many faults are ignored, for example an undeclared prefix. A text with more faults is not XML. */
const MAX_FAULTS = 10;

/**
 * A start tag with more characters than this is not read to its end. The parser compares each attribute with all before
 * it, so its work grows with the square of their number: 100,000 attributes take 19 seconds.
 */
const LONGEST_TAG = 64 * 1024;

/**
 * The start tags in document order, until the text ends or is no longer XML. Resolves only the five entities of XML
 * itself, and fetches nothing. Of a start tag that is too long it gives only the name, and then ends.
 */
export function* xmlElements(bytes: Uint8Array): Generator<XmlElement, void, undefined> {
  const text = new TextDecoder('utf-8').decode(bytes);
  const parser = sax.parser(true, { xmlns: true });
  const elements: XmlElement[] = [];
  let faults = 0;
  const open = { name: '', since: Number.POSITIVE_INFINITY };
  let at = 0;
  parser.onopentagstart = ({ name }) => Object.assign(open, { name, since: at });
  parser.onopentag = (tag) => {
    open.since = Number.POSITIVE_INFINITY;
    if (!('ns' in tag)) return;
    const attributes = new Map<string, string>();
    const declared: string[] = [];
    for (const [name, attribute] of Object.entries(tag.attributes)) {
      attributes.set(name, attribute.value);
      if (name === 'xmlns' || name.startsWith('xmlns:')) declared.push(attribute.value);
    }
    elements.push({ localName: tag.local, namespace: tag.uri, declared, attributes });
  };
  parser.onerror = () => {
    faults++;
    parser.resume();
  };
  for (; at < text.length && faults <= MAX_FAULTS; at += CHUNK) {
    parser.write(text.slice(at, at + CHUNK));
    yield* elements.splice(0);
    if (at - open.since >= LONGEST_TAG) {
      yield { localName: open.name.replace(/^.*:/, ''), namespace: '', declared: [], attributes: new Map() };
      return;
    }
  }
}

/** The root element, or null when these bytes have none. */
export function xmlRoot(bytes: Uint8Array): XmlElement | null {
  for (const element of xmlElements(bytes)) return element;
  return null;
}
