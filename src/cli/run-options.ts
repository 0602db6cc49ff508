// The options of a run, for every command that sends models: `invoke` and `watch`.
import { type Command, Option } from 'commander';
import { collect, durationOption, sizeOption, wholeNumber } from './option-parsers.js';

/** Adds what `RunFlags` (commands/shared/run-options.ts) describes, and returns the command. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--input-type <type>', 'send this type, and do not detect it from the model')
    .option(
      '--expect <type>',
      'accept only this type, family or media type: BCF_ZIP_2_1, BCF, application/json',
    )
    .option(
      '--field <name=value>',
      'another field of the form, for services that take forms; NAME=@FILE for a file (repeatable)',
      collect,
    )
    .option('--context-id <id>', 'send this Context-Id (a context that an earlier run returned)')
    .addOption(
      new Option(
        '--flow <flow>',
        'take the result from the response (sync), or from the websocket of the server with live progress (async)',
      )
        .choices(['sync', 'async', 'auto'])
        .default('auto'),
    )
    .addOption(durationOption('--wait <duration>', 'how long the service may work (default: no limit)'))
    .addOption(
      new Option('--jobs <n>', 'send this many models at once')
        .default(1)
        .argParser(wholeNumber('--jobs', 1)),
    )
    .option('--allow-empty', 'send an empty model, accept an empty result')
    .option(
      '--no-keep-rejected',
      'do not keep what arrived of a response that is not accepted (RESULT.rejected)',
    )
    .addOption(
      sizeOption('--max-result <size>', 'largest result to take, for example 500MB (default: no limit)'),
    );
}
