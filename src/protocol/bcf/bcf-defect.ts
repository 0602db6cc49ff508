// In a file of its own, so that code that only reports this error does not load the XML parser.

/** An entry of an archive cannot be read; the message continues a sentence that begins with the name of the entry. */
export class BcfDefect extends Error {}
