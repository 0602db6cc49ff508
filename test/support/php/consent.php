<?php
// Step 2 of the original text: a consent page, and the redirect to the registered address.
declare(strict_types=1);

const CODE_LIFE_S = 60;

function ask_consent(): void
{
    $client_id = $_GET['client_id'] ?? null;
    $client = find_client($client_id);
    $state = $_GET['state'] ?? null;
    if ($client === null) {
        throw new Refusal(400, 'client_id is unknown');
    }
    if (($_GET['response_type'] ?? null) !== 'code') {
        throw new Refusal(400, 'response_type is not code');
    }
    if (!is_string($state) || $state === '') {
        throw new Refusal(400, 'there is no state');
    }
    // The redirect address is optional, because the registration contains it. A different one belongs to another client.
    if (isset($_GET['redirect_uri']) && $_GET['redirect_uri'] !== $client['redirect_url']) {
        throw new Refusal(400, 'redirect_uri is not the registered redirect_url');
    }
    open_session();
    $csrf = bin2hex(random_bytes(20));
    $name = escape($client['name']);
    $_SESSION['asked'][$csrf] = ['client_id' => $client_id, 'state' => $state];
    send_page('Clash detection', <<<HTML
        <p>May <b>$name</b> send models to Clash detection in your name?</p>
        <form method="post" action="/authorize.php">
        <input type="hidden" name="csrf" value="$csrf">
        <button name="answer" value="allow">Allow</button>
        <button name="answer" value="deny">Deny</button>
        </form>
        HTML);
}

function take_consent(): void
{
    open_session();
    $csrf = $_POST['csrf'] ?? null;
    $asked = is_string($csrf) ? $_SESSION['asked'][$csrf] ?? null : null;
    if ($asked === null) {
        throw new Refusal(403, 'this form is not from a page of this session');
    }
    unset($_SESSION['asked'][$csrf]);
    $answer = match ($_POST['answer'] ?? null) {
        'allow' => ['code' => new_code($asked['client_id'])],
        'deny' => ['error' => 'access_denied'],
        default => throw new Refusal(400, 'neither allowed nor denied'),
    };
    $address = find_client($asked['client_id'])['redirect_url'];
    $separator = str_contains($address, '?') ? '&' : '?';
    // 303, never 307: the form must not be posted on (CASES B161).
    header('Location: ' . $address . $separator . http_build_query($answer + ['state' => $asked['state']]), true, 303);
}

function new_code(string $client_id): string
{
    $code = bin2hex(random_bytes(20));
    with_state(function (array &$state) use ($code, $client_id): void {
        $state['codes'][$code] = ['client_id' => $client_id, 'expires' => time() + CODE_LIFE_S];
    });
    return $code;
}

/** PHP's own session, with its default name PHPSESSID. */
function open_session(): void
{
    session_start([
        'save_path' => state_path(''),
        'use_strict_mode' => true,
        'cookie_httponly' => true,
        'cookie_samesite' => 'Lax',
    ]);
}
