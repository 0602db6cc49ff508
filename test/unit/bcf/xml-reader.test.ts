// The XML of a BCF archive: no entity is expanded except those of XML itself, and the encoding is what the bytes are.
import { expect, test } from 'vitest';
import { BcfDefect } from '../../../src/protocol/bcf/bcf-defect.js';
import { XmlReader } from '../../../src/protocol/bcf/xml-reader.js';

function textIn(document: string | Buffer): string {
  const texts: string[] = [];
  const reader = new XmlReader({ open: () => {}, close: (_, text) => void texts.push(text) });
  reader.write(Buffer.from(document));
  reader.end();
  return texts.join('|');
}

test('the entities of XML and character references are text', () => {
  expect(textIn('<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>')).toBe('<&>"\'AB');
});

test.each([
  ['an entity of HTML', '<a>&nbsp;</a>'],
  ['an entity of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ['a file as an entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
])('%s is a defect', (_, document) => {
  expect(() => textIn(document)).toThrow(BcfDefect);
});

test.each([
  ['UTF-16 with its mark', Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><a>ö</a>', 'utf16le')],
  ['UTF-8 that says UTF-16', Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a>ö</a>')],
  ['latin1 that says so', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>ö</a>', 'latin1')],
])('%s is read', (_, document) => {
  expect(textIn(document)).toBe('ö');
});
