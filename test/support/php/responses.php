<?php
// How the service responds: JSON, pages, and refusals in the form of the endpoint.
declare(strict_types=1);

final class Refusal extends RuntimeException
{
    /** @param string $error its name in JSON (RFC 6749 5.2) */
    public function __construct(
        public readonly int $status,
        string $reason,
        public readonly string $error = 'invalid_request',
    ) {
        parent::__construct($reason);
    }
}

function send_json(array $value): void
{
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}

/** @param string $inside HTML */
function send_page(string $title, string $inside): void
{
    header('Content-Type: text/html; charset=utf-8');
    header("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'");
    header('Cache-Control: no-store');
    echo '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>', escape($title), '</title>', $inside, '</html>';
}

function send_refusal(Refusal $refusal, string $format): void
{
    http_response_code($refusal->status);
    $reason = $refusal->getMessage();
    if ($format === 'json') {
        send_json(['error' => $refusal->error, 'error_description' => $reason]);
    } elseif ($format === 'page') {
        send_page('Refused', '<p>' . escape($reason) . '</p>');
    } else {
        header('Content-Type: text/plain; charset=utf-8');
        echo $reason;
    }
}

function escape(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

/** The members of the request's JSON object. A form is a 415, whatever its content is. */
function json_body(): array
{
    $type = $_SERVER['CONTENT_TYPE'] ?? '';
    if (preg_match('~^application/json\s*(;|$)~i', $type) !== 1) {
        throw new Refusal(415, 'the body must be application/json, not ' . ($type ?: 'of no type'));
    }
    $value = json_decode(file_get_contents('php://input'));
    if (!$value instanceof stdClass) {
        throw new Refusal(400, 'the body is not a JSON object');
    }
    return get_object_vars($value);
}
