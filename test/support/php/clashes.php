<?php
// Step 5 of the original text: receives a model, and responds with a BCF 2.0 that describes it.
declare(strict_types=1);

require __DIR__ . '/zip.php';

function detect_clashes(): void
{
    $authorization = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
    $token = preg_match('/^Bearer ([0-9a-f]{40})$/D', $authorization, $found) === 1 ? $found[1] : '';
    if (!with_state(fn (array &$state): bool => isset($state['tokens'][$token]))) {
        header('WWW-Authenticate: Bearer');
        throw new Refusal(401, $authorization === '' ? 'no Authorization' : 'this token is not known here');
    }
    demand_listed('Input-Type', $_SERVER['HTTP_INPUT_TYPE'] ?? 'absent', INPUTS);
    demand_listed('Output-Type', $_SERVER['HTTP_OUTPUT_TYPE'] ?? OUTPUTS[0], OUTPUTS);
    [$bytes, $sha256] = read_model();
    if ($bytes === 0) {
        throw new Refusal(400, 'there is no model in the body');
    }
    $archive = clashes_bcf("$bytes bytes with the SHA-256 $sha256 were searched.");
    header('Content-Type: application/octet-stream');
    header('Content-Disposition: attachment; filename="clashes.bcfzip"');
    header('Data-Title: Clashes – 1 Befund für Sie');
    header('Content-Length: ' . strlen($archive));
    echo $archive;
}

/** The value must have exactly the spelling of the service's own list. */
function demand_listed(string $field, string $value, array $list): void
{
    if (!in_array($value, $list, true)) {
        throw new Refusal(400, "$field is $value, but must be one of " . implode(', ', $list));
    }
}

/** @return array{int, string} length in bytes, SHA-256 in hex */
function read_model(): array
{
    $body = fopen('php://input', 'rb');
    $hash = hash_init('sha256');
    $bytes = 0;
    while (!feof($body)) {
        $piece = fread($body, 65536);
        $bytes += strlen($piece);
        hash_update($hash, $piece);
    }
    fclose($body);
    return [$bytes, hash_final($hash)];
}

function clashes_bcf(string $description): string
{
    $hex = bin2hex(random_bytes(16));
    $guid = preg_replace('/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/', '$1-$2-4$3-8$4-$5', $hex);
    $date = gmdate('Y-m-d\TH:i:s\Z');
    $head = '<?xml version="1.0" encoding="UTF-8"?>' . "\n";
    return stored_zip([
        'bcf.version' => $head . '<Version VersionId="2.0"><DetailedVersion>2.0</DetailedVersion></Version>',
        "$guid/markup.bcf" => $head . '<Markup>'
            . "<Topic Guid=\"$guid\" TopicType=\"Clash\" TopicStatus=\"Open\"><Title>Wall meets duct</Title>"
            . "<CreationDate>$date</CreationDate><CreationAuthor>php@example.org</CreationAuthor>"
            . '<Description>' . escape($description) . '</Description></Topic></Markup>',
    ]);
}
