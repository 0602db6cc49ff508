// The environment variables that the program reads. The table of the README has the same words.

/** Names and meaning. */
export const ENVIRONMENT: ReadonlyArray<readonly [names: readonly string[], meaning: string]> = [
  [['BIMSERVICE_CONFIG_DIR'], 'folder of configuration and credentials'],
  [['BIMSERVICE_REPOSITORY'], 'URL or file of the repository to use'],
  [
    ['BIMSERVICE_TOKEN'],
    'access token; wins over everything stored. It is sent to services of the lists that you named and to an address that you type, and to no service without OAuth',
  ],
  [
    ['BIMSERVICE_TOKEN_FOR'],
    'binds that token: the origin (https://bim.example.org) or the resource URL of the service that it is for; it is sent nowhere else',
  ],
  [
    ['BIMSERVICE_CREDENTIALS', 'BIMSERVICE_CREDENTIALS_FILE'],
    'what token SERVICE --export printed, or a file that holds it: the credentials and the entry of the service. A list that the job names comes first',
  ],
  [['BIMSERVICE_PASSPHRASE'], 'decrypts encrypted credentials, and encrypts exported ones'],
  [
    ['BIMSERVICE_BIMSERVER_TOKEN', 'BIMSERVICE_BIMSERVER_PASSWORD'],
    'for watch --bimserver: the token of the user, or the password of --user',
  ],
  [
    ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'],
    'proxies, as in other programs; this machine is always reached directly',
  ],
  [['NODE_EXTRA_CA_CERTS'], 'more certificates to trust, beside --ca-file'],
  [
    ['BIMSERVICE_PAGER', 'PAGER'],
    'shows a list that is longer than the terminal (default: less); empty or cat for none',
  ],
  [['NO_COLOR', 'FORCE_COLOR', 'TERM'], 'colors'],
  [['CI'], 'no prompts, no browser is opened, and no notice of a newer version'],
  [['NO_UPDATE_NOTIFIER'], 'no notice of a newer version, and npm is not asked for one'],
  [
    ['GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY'],
    'printed tokens are masked in the log; --report github writes annotations, and adds to that file',
  ],
  [['XDG_CONFIG_HOME', 'HOME'], 'where bimservice keeps its folder on Linux'],
  [
    ['XDG_RUNTIME_DIR'],
    'where a token is saved when the store cannot be written; otherwise the folder for temporary files',
  ],
  [['BROWSER'], 'command that opens the consent page, unless --browser names one'],
  [
    ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'],
    'show the demo whether there is a desktop for a browser',
  ],
  [
    ['BIMSERVICE_NATS_USER', 'BIMSERVICE_NATS_PASSWORD', 'BIMSERVICE_NATS_TOKEN'],
    'the login of serve --nats and worker at NATS',
  ],
  [['PATH', 'PATHEXT'], 'where serve looks for the commands of its services'],
  [
    ['NODE_DISABLE_COMPILE_CACHE'],
    'keeps no compiled code for the next start; otherwise it is among the temporary files, in a folder that only you can write to',
  ],
  [['NODE_DEBUG', 'NODE_TLS_REJECT_UNAUTHORIZED'], 'a warning when they would expose secrets'],
];
