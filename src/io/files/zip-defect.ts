// Apart from the reader of archives, so that who only tells of the error does not load it.

/** An archive itself is wrong; the message is the rest of a sentence that begins with the archive's name. */
export class ZipDefect extends Error {}
