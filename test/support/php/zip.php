<?php
// Writes a zip archive of stored files without a library: PHP's ZipArchive is an extension that may be absent (APPNOTE 4.3).
declare(strict_types=1);

const ZIP_VERSION = 20;
/** Bit 11: names are UTF-8. */
const ZIP_FLAGS = 0x0800;
/** 1980-01-01, the earliest date in a zip archive. */
const ZIP_DATE = 0x0021;

/** @param array<string, string> $files name => bytes */
function stored_zip(array $files): string
{
    $body = '';
    $directory = '';
    foreach ($files as $name => $bytes) {
        // Version needed, flags, method 0, time, date, CRC, both sizes, length of the name, no extra field.
        $common = pack(
            'vvvvvVVVvv',
            ZIP_VERSION,
            ZIP_FLAGS,
            0,
            0,
            ZIP_DATE,
            crc32($bytes),
            strlen($bytes),
            strlen($bytes),
            strlen($name),
            0,
        );
        // Version made by; no comment, disk 0, no attributes, and the offset of the local header.
        $directory .= "PK\x01\x02" . pack('v', ZIP_VERSION) . $common
            . pack('vvvVV', 0, 0, 0, 0, strlen($body)) . $name;
        $body .= "PK\x03\x04" . $common . $name . $bytes;
    }
    $count = count($files);
    return $body . $directory . "PK\x05\x06"
        . pack('vvvvVVv', 0, 0, $count, $count, strlen($directory), strlen($body), 0);
}
