<?php
// The state of the service: one JSON file under a lock, and logs.
declare(strict_types=1);

function state_path(string $name): string
{
    $folder = getenv('BIM_PHP_STATE');
    if ($folder === false || !is_dir($folder)) {
        throw new RuntimeException('BIM_PHP_STATE is not set to a folder');
    }
    return "$folder/$name";
}

/**
 * Runs $change on the state, by reference, while no other request can change it; returns the return value of $change.
 * State: clients {id: {secret, name, redirect_url}}, codes {code: {client_id, expires}}, tokens {token: client_id}.
 */
function with_state(callable $change): mixed
{
    $file = fopen(state_path('state.json'), 'c+');
    try {
        flock($file, LOCK_EX);
        $text = stream_get_contents($file);
        $empty = ['clients' => [], 'codes' => [], 'tokens' => []];
        $state = $text === '' ? $empty : json_decode($text, true, flags: JSON_THROW_ON_ERROR);
        $result = $change($state);
        rewind($file);
        ftruncate($file, 0);
        fwrite($file, json_encode($state, JSON_THROW_ON_ERROR));
        return $result;
    } finally {
        fclose($file);
    }
}

function find_client(mixed $id): ?array
{
    return is_string($id) ? with_state(fn (array &$state) => $state['clients'][$id] ?? null) : null;
}

function append_line(string $log, string $line): void
{
    $clean = preg_replace('/[\x00-\x1f\x7f]+/', ' ', $line);
    file_put_contents(state_path($log), "$clean\n", FILE_APPEND | LOCK_EX);
}
