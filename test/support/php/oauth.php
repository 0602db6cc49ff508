<?php
// Steps 1 and 3 of the original text: registration, and a token for a code. JSON in, JSON out.
declare(strict_types=1);

const REQUIRED = ['type', 'client_name', 'client_url', 'client_description', 'redirect_url'];
const YEAR_S = 365 * 24 * 3600;

function register_client(): void
{
    $body = json_body();
    foreach (REQUIRED as $name) {
        if (!is_string($body[$name] ?? null) || $body[$name] === '') {
            throw new Refusal(400, "registration without $name");
        }
    }
    if (!in_array($body['type'], ['push', 'pull'], true)) {
        throw new Refusal(400, 'type is neither push nor pull');
    }
    $address = parse_url($body['redirect_url']);
    $is_ours = ($address['scheme'] ?? '') === 'http' && ($address['host'] ?? '') === '127.0.0.1';
    if (!$is_ours || isset($address['fragment']) || isset($address['user'])) {
        throw new Refusal(400, 'redirect_url is not a http://127.0.0.1 address, and others are not registered here');
    }
    $id = bin2hex(random_bytes(8));
    $secret = base64_encode(random_bytes(24)) . ':%+&';
    with_state(function (array &$state) use ($id, $secret, $body): void {
        $state['clients'][$id] = [
            'secret' => $secret,
            'name' => $body['client_name'],
            'redirect_url' => $body['redirect_url'],
        ];
    });
    send_json(['client_id' => $id, 'client_secret' => $secret, 'issued_at' => time(), 'expires_in' => YEAR_S]);
}

function issue_token(): void
{
    $body = json_body();
    foreach (['grant_type', 'code', 'client_id', 'client_secret'] as $name) {
        if (!is_string($body[$name] ?? null)) {
            throw new Refusal(400, "token request without $name");
        }
    }
    if ($body['grant_type'] !== 'authorization_code') {
        throw new Refusal(400, 'grant_type is not authorization_code', 'unsupported_grant_type');
    }
    $client = find_client($body['client_id']);
    if ($client === null || !hash_equals($client['secret'], $body['client_secret'])) {
        throw new Refusal(401, 'wrong client_id or client_secret', 'invalid_client');
    }
    // Removed before it is checked: a code works only once, for any client.
    $grant = with_state(function (array &$state) use ($body): ?array {
        $grant = $state['codes'][$body['code']] ?? null;
        unset($state['codes'][$body['code']]);
        return $grant;
    });
    if ($grant === null || $grant['client_id'] !== $body['client_id'] || $grant['expires'] < time()) {
        throw new Refusal(400, 'code is unknown, used, too old or of another client', 'invalid_grant');
    }
    $token = bin2hex(random_bytes(20));
    with_state(function (array &$state) use ($token, $body): void {
        $state['tokens'][$token] = $body['client_id'];
    });
    send_json(['access_token' => $token]);
}
