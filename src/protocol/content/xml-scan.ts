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
 * The start tags in document order, until the text ends or is no longer XML. Resolves only the five entities of XML
 * itself, and fetches nothing.
 */
export function* xmlElements(bytes: Uint8Array): Generator<XmlElement, void, undefined> {
  const text = new TextDecoder('utf-8').decode(bytes);
  const parser = sax.parser(true, { xmlns: true });
  const elements: XmlElement[] = [];
  let faults = 0;
  parser.onopentag = (tag) => {
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
  for (let at = 0; at < text.length && faults <= MAX_FAULTS; at += CHUNK) {
    parser.write(text.slice(at, at + CHUNK));
    yield* elements.splice(0);
  }
}

/** The root element, or null when these bytes have none. */
export function xmlRoot(bytes: Uint8Array): XmlElement | null {
  for (const element of xmlElements(bytes)) return element;
  return null;
}
