// The first elements of an XML document, as many as the caller wants, without building a tree.

import sax from 'sax';

/** The start tag of an element. */
export interface XmlElement {
  localName: string;
  /** Namespace of the element itself; empty when it has none. */
  namespace: string;
  /** Namespaces declared on this very element. */
  declared: string[];
  /** Attributes by their name as written. */
  attributes: ReadonlyMap<string, string>;
}

// Small pieces, so that a document whose root tells everything costs one of them.
const PIECE = 8 * 1024;

/** Faults that are overlooked, an undeclared prefix for example; a text with more of them is not XML. */
const FORGIVEN = 10;

/**
 * The start tags in document order, until the text ends or stops being XML. No entity but XML's own five is resolved,
 * nothing is fetched.
 */
export function* xmlElements(bytes: Uint8Array): Generator<XmlElement, void, undefined> {
  const text = new TextDecoder('utf-8').decode(bytes);
  const parser = sax.parser(true, { xmlns: true });
  const met: XmlElement[] = [];
  let faults = 0;
  parser.onopentag = (tag) => {
    if (!('ns' in tag)) return;
    const attributes = new Map<string, string>();
    const declared: string[] = [];
    for (const [name, attribute] of Object.entries(tag.attributes)) {
      attributes.set(name, attribute.value);
      if (name === 'xmlns' || name.startsWith('xmlns:')) declared.push(attribute.value);
    }
    met.push({ localName: tag.local, namespace: tag.uri, declared, attributes });
  };
  parser.onerror = () => {
    faults++;
    parser.resume();
  };
  for (let at = 0; at < text.length && faults <= FORGIVEN; at += PIECE) {
    parser.write(text.slice(at, at + PIECE));
    yield* met.splice(0);
  }
}

/** The root element, or null when there is none within these bytes. */
export function xmlRoot(bytes: Uint8Array): XmlElement | null {
  for (const element of xmlElements(bytes)) return element;
  return null;
}
