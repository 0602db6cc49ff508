// G9: the heads of responses: names of results through the whole program (CASES B106 to B125), and heads that cannot be
// read (B139).

import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import type { Step } from './scripted-server.js';

/** `<model>.<service>.<extension>`, when the header has no usable name. */
const OWN_NAME = 'model.fault-service.txt';

/** The header as bytes (one character for each byte), and the name of the result. */
const NAMES: Readonly<Record<string, readonly [header: string, name: string]>> = {
  'RFC 6266 quoted': ['attachment; filename="x.bcf"', 'x.bcf'],
  'RFC 6266 token': ['attachment; filename=x.bcf', 'x.bcf'],
  inline: ['inline; filename="x.bcf"', 'x.bcf'],
  'any case': ['Attachment; FileName="x.bcf"', 'x.bcf'],
  'blanks around =': ['attachment; filename = "x.bcf"', 'x.bcf'],
  'B106 trailing semicolon': ['attachment; filename="file.zip";', 'file.zip'],
  'B106 stray semicolons': [';; attachment;; filename=file.zip ; ;', 'file.zip'],
  'B107 unquoted with blanks': ['attachment; filename=my report (1).txt', 'my report (1).txt'],
  'B107 unquoted with a comma': ['attachment; filename=a, b.txt', 'a, b.txt'],
  'B107 unquoted with a quote': ['attachment; filename=12" pipe.ifc', '12_ pipe.ifc'],
  'B109 bare name': ['results.txt', 'results.txt'],
  'B109 bare name with blanks': ['  clash results.bcfzip ', 'clash results.bcfzip'],
  'B109 bare name, quoted': ['"results;1.txt"', 'results;1.txt'],
  'B109 bare name with a semicolon': ['results.txt;', 'results.txt'],
  'B109 bare name before a parameter': ['results.txt; size=12', 'results.txt'],
  'B109 bare name without ending': ['results', 'results'],
  'B110 no type': ['filename="foo.bar"', 'foo.bar'],
  'B112 filename* second': [`attachment; filename="EURO"; filename*=utf-8''%e2%82%ac%20rates`, '€ rates'],
  'B112 filename* first': [`attachment; filename*=UTF-8''%E2%82%AC%20rates; filename="EURO"`, '€ rates'],
  'B112 latin1': [`attachment; filename*=iso-8859-1'de'M%F6bel.ifc`, 'Möbel.ifc'],
  'B112 not in its charset': [`attachment; filename*=UTF-8''M%F6.ifc; filename=m.ifc`, 'm.ifc'],
  'B112 unknown charset': [`attachment; filename*=klingon''x; filename=m.ifc`, 'm.ifc'],
  'B112 not in its charset, alone': [`attachment; filename*=UTF-8''M%F6.ifc`, OWN_NAME],
  'B112 half a percent code': [`attachment; filename*=UTF-8''100%25 or 5%.ifc`, '100% or 5%.ifc'],
  'B113 quoted filename*': [`attachment;filename*="utf-8' 'linux-minimal.zip"`, 'linux-minimal.zip'],
  'B115 xfilename*': [`attachment; xfilename*=UTF-8''evil; filename="good.txt"`, 'good.txt'],
  'B115 a name inside a value': ['attachment; name="filename=evil"; filename=good.txt', 'good.txt'],
  'B116 raw UTF-8': ['attachment; filename="M\u00c3\u00b6bel.ifc"', 'Möbel.ifc'],
  'B116 raw latin1': ['attachment; filename="M\u00f6bel.ifc"', 'Möbel.ifc'],
  'B116 bare raw UTF-8': ['M\u00c3\u00b6bel.ifc', 'Möbel.ifc'],
  'B118 percent is literal': ['attachment; filename="%EC%82%AC.jpg"', '%EC%82%AC.jpg'],
  'B118 no separator from percent': ['attachment; filename="a%2Fb.txt"', 'a%2Fb.txt'],
  'B119 up and into .ssh': ['attachment; filename="../../.ssh/authorized_keys"', 'authorized_keys'],
  'B119 absolute': ['attachment; filename="/etc/passwd"', 'passwd'],
  'B119 backslashes': ['attachment; filename="..\\\\..\\\\x"', 'x'],
  'B119 in filename*': [`attachment; filename*=UTF-8''..%2F..%2Fx`, 'x'],
  'B119 the folder above': ['attachment; filename=".."', OWN_NAME],
  'B119 a folder': ['attachment; filename="a/"', OWN_NAME],
  'B121 .bashrc': ['attachment; filename=".bashrc"', '_bashrc'],
  'B121 .git, bare': ['.git', '_git'],
  'B121 blanks before the dot': ['attachment; filename=" .npmrc"', '_npmrc'],
  'reads as an option': ['attachment; filename="-rf"', '_rf'],
  'B122 CON': ['attachment; filename="CON"', '_CON'],
  'B122 nul.txt': ['attachment; filename="nul.txt"', '_nul.txt'],
  'B122 COM1.ifc': ['attachment; filename="COM1.ifc"', '_COM1.ifc'],
  'B122 a blank behind the device': ['attachment; filename="con .txt"', '_con .txt'],
  'B122 COM and a superscript': [`attachment; filename*=UTF-8''COM%C2%B9`, '_COM¹'],
  'B122 trailing dot': ['attachment; filename="a.txt."', 'a.txt'],
  'B122 drive': ['attachment; filename="a:b"', 'a_b'],
  'B122 stream': ['attachment; filename="a.txt::$DATA"', 'a.txt__$DATA'],
  'B124 NUL': [`attachment; filename*=UTF-8''x%00.txt`, 'x_.txt'],
  'B124 line feed': [`attachment; filename*=UTF-8''a%0Ab`, 'a_b'],
  'B124 escape': [`attachment; filename*=UTF-8''%1B[2Jx`, '_[2Jx'],
  'B124 right to left': [`attachment; filename*=UTF-8''a%E2%80%AEcfi.exe`, 'a_cfi.exe'],
  'B125 300 letters': [`attachment; filename="${'a'.repeat(300)}.ifc"`, `${'a'.repeat(196)}.ifc`],
  'B125 100 wide letters': [
    `attachment; filename*=UTF-8''${'%E4%BD%8F'.repeat(100)}.ifc`,
    `${'住'.repeat(65)}.ifc`,
  ],
  'B134 a name that is taken': ['attachment; filename="report.txt"', 'report (1).txt'],
  'a quote that never ends': ['attachment; filename="a b.txt', 'a b.txt'],
  'a type only': ['attachment', OWN_NAME],
  'an empty value': ['', OWN_NAME],
};

/** A successful response with these lines in its head. */
const withLines =
  (lines: readonly string[]) =>
  (_: unknown, result: Buffer): readonly Step[] => {
    const own = ['HTTP/1.1 200 OK', 'Content-Type: text/plain', `Content-Length: ${result.length}`];
    const head = Buffer.from(`${[...own, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
    return [{ read: 'all' }, { send: Buffer.concat([head, result]) }];
  };

const named = (name: string, lines: readonly string[], savedAs: string): FaultCase => ({
  name,
  phase: 'upload',
  steps: withLines(lines),
  expect: { exit: 0, errorCode: null, outcome: 'done', savedAs },
});

/** In this case even the status is unknown. */
const UNREADABLE: Expectation = { exit: 8, errorCode: 'result-incomplete', outcome: 'unknown' };

const unreadable = (name: string, lines: readonly string[], code: string): FaultCase => ({
  name,
  phase: 'upload',
  steps: withLines(lines),
  expect: { ...UNREADABLE, mentions: [code] },
});

faultGroup(
  'G9',
  65,
  [
    ...Object.entries(NAMES).map(([about, [header, name]]) =>
      named(`name: ${about}`, [`Content-Disposition: ${header}`], name),
    ),
    unreadable('a head above 16 KiB', [`X-Long: ${'a'.repeat(20_000)}`], 'HPE_HEADER_OVERFLOW'),
    unreadable('a folded line', ['Content-Disposition: attachment;', ' filename="x.txt"'], 'HPE_'),
    named(
      'two Content-Disposition',
      [
        'Content-Disposition: attachment; filename="a.txt"',
        'Content-Disposition: attachment; filename="b.txt"',
      ],
      'a.txt',
    ),
    named('no Content-Disposition', [], OWN_NAME),
    unreadable('two Content-Length', ['Content-Length: 7'], 'HPE_UNEXPECTED_CONTENT_LENGTH'),
  ],
  'samples',
);
