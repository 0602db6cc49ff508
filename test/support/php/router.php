<?php
// A BIM service in the original form: the flat entry, JSON everywhere, redirects only to the registered address.
// Run by `php -S 127.0.0.1:PORT router.php`. Its state is in the folder BIM_PHP_STATE:
//   state.json    clients, codes and tokens
//   requests.log  one line for each request: METHOD PATH CONTENT-TYPE STATUS
//   refused.log   one line for each refused request: METHOD PATH STATUS REASON
declare(strict_types=1);

require __DIR__ . '/state.php';
require __DIR__ . '/responses.php';
require __DIR__ . '/oauth.php';
require __DIR__ . '/consent.php';
require __DIR__ . '/clashes.php';

/** Method and path => handler, and the form of its refusals. */
const ROUTES = [
    'GET /services.json' => ['list_services', 'json'],
    'POST /register.php' => ['register_client', 'json'],
    'GET /authorize.php' => ['ask_consent', 'page'],
    'POST /authorize.php' => ['take_consent', 'page'],
    'POST /token.php' => ['issue_token', 'json'],
    'POST /services/clashdetection.php' => ['detect_clashes', 'text'],
];

const INPUTS = ['IFC_STEP_2x3TC1'];
const OUTPUTS = ['BCF_ZIP_2.0'];

function list_services(): void
{
    $host = $_SERVER['HTTP_HOST'] ?? '';
    if (preg_match('/^[\w.-]+(:\d+)?$/', $host) !== 1) {
        throw new Refusal(400, 'Host is absent or odd');
    }
    send_json([[
        'name' => 'Clash detection',
        'description' => 'Finds clashes between walls and ducts',
        'provider' => 'PHP double',
        'inputs' => INPUTS,
        'outputs' => OUTPUTS,
        'resourceUrl' => "http://$host/services/clashdetection.php",
        'authorizationUrl' => "http://$host/authorize.php",
        'registerUrl' => "http://$host/register.php",
        'tokenUrl' => "http://$host/token.php",
    ]]);
}

// A warning or a notice of PHP is a fault of this service; a partial response would hide it.
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

$method = $_SERVER['REQUEST_METHOD'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/';
[$answer, $format] = ROUTES["$method $path"] ?? [null, 'text'];
try {
    if ($answer === null) {
        throw new Refusal(404, 'no such method and path');
    }
    if ($method === 'POST' && ($_SERVER['QUERY_STRING'] ?? '') !== '') {
        throw new Refusal(400, 'parameters in the address of a POST end in logs');
    }
    $answer();
} catch (Refusal $refusal) {
    append_line('refused.log', "$method $path {$refusal->status} {$refusal->getMessage()}");
    send_refusal($refusal, $format);
} catch (Throwable $fault) {
    append_line('refused.log', "$method $path 500 $fault");
    send_refusal(new Refusal(500, 'the service is broken'), $format);
}
append_line('requests.log', "$method $path " . ($_SERVER['CONTENT_TYPE'] ?? '-') . ' ' . http_response_code());
