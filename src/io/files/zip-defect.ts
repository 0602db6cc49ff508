// In a file of its own, so that code that only reports this error does not load the reader of archives.

/** The archive itself is damaged or unsupported; the message continues a sentence that begins with the archive's name. */
export class ZipDefect extends Error {}
