// The parts of `--help` that are not commands and options.

/** Steps, exit codes and environment, below the help of the program. */
export const HELP = `
Steps:
  bimservice list                          find a service
  bimservice authorize SERVICE             consent in the browser
  bimservice invoke SERVICE model.ifc      send a model, save the result
  bimservice demo                          see all of it on this machine

Exit codes:
  0 done   1 internal   2 usage   3 repository   4 authorization
  5 network, nothing was sent   6 service   7 local file or disk   8 result
  9 unknown, the job may have run   10 gate   130 interrupted   143 terminated

Environment:
  BIMSERVICE_CONFIG_DIR, BIMSERVICE_REPOSITORY, BIMSERVICE_TOKEN,
  BIMSERVICE_CREDENTIALS, BIMSERVICE_CREDENTIALS_FILE, BIMSERVICE_PASSPHRASE,
  NO_COLOR, CI, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS

More:
  bimservice help COMMAND, exit-codes, environment or repository-format`;

/** Lines that a person can type, below the help of a command. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
