import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { baselineCommand } from './baseline/command.ts';
import { checkCommand } from './check/command.ts';
import { codemodCommand } from './codemod/command.ts';
import { contractCommand } from './contract/command.ts';
import { encryptTokensCommand } from './encrypt-tokens/command.ts';
import { migrateCommand } from './migrate/command.ts';
import { revertCommand } from './revert/command.ts';
import { shimsCommand } from './shims/command.ts';
import { statusCommand } from './status/command.ts';
import { usageCommand } from './usage/command.ts';

/** The columns of every help text, whatever the terminal: the README shows the same text. */
const helpWidth = 100;

/** The bin `canonical-models` with all its commands. */
export function canonicalModelsProgram(): Command {
  const program = new Command('canonical-models')
    .description(packageJson.description)
    .version(packageJson.version)
    .configureOutput({ getOutHelpWidth: () => helpWidth, getErrHelpWidth: () => helpWidth })
    .exitOverride()
    .showHelpAfterError('(canonical-models --help shows the commands)');
  const commands = [
    migrateCommand(),
    checkCommand(),
    statusCommand(),
    usageCommand(),
    contractCommand(),
    revertCommand(),
    baselineCommand(),
    encryptTokensCommand(),
    codemodCommand(),
    shimsCommand(),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  return program;
}

/**
 * What `--help` of each command prints, by the command's name, in the order of the program.
 */
export function helpTexts(): ReadonlyMap<string, string> {
  const program = canonicalModelsProgram();
  return new Map(
    program.commands.map((command) => {
      let text = '';
      command
        .configureOutput({
          writeOut: (part) => {
            text += part;
          },
        })
        .outputHelp();
      return [command.name(), text];
    }),
  );
}
