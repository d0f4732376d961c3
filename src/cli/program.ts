import { Command, type CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { InvalidInput } from '../errors.ts';
import { adoptCommand } from './adopt.ts';
import { baselineCommand } from './baseline.ts';
import { checkCommand } from './check.ts';
import { codemodCommand } from './codemod.ts';
import { encryptTokensCommand } from './encrypt-tokens.ts';
import { migrateCommand } from './migrate.ts';
import { revertCommand } from './revert.ts';
import { shimsCommand } from './shims.ts';
import { statusCommand } from './status.ts';
import { fitToScreen } from './terminal.ts';
import { usageCommand } from './usage.ts';

/** The columns of every help text, unless the terminal has fewer: docs/reference/commands.md shows the same text. */
const helpWidth = 100;
const widthOn = (stream: NodeJS.WriteStream) => Math.min(helpWidth, (stream.isTTY && stream.columns) || helpWidth);

/** The bin `canonical-models` with all its commands. */
export function canonicalModelsProgram(): Command {
  const program = new Command('canonical-models').description(packageJson.description).version(packageJson.version);
  return asProgram(program, [
    migrateCommand(),
    checkCommand(),
    statusCommand(),
    usageCommand(),
    revertCommand(),
    adoptCommand(),
    baselineCommand(),
    encryptTokensCommand(),
    codemodCommand(),
    shimsCommand(),
  ]);
}

/**
 * A program that prints to the width of the screen, with its commands, if it has any. Wrong usage is thrown as an `InvalidInput` that leads
 * to the help of the command at hand, and nothing is printed of it.
 */
export function asProgram(program: Command, commands: readonly Command[] = []): Command {
  program.configureOutput({
    getOutHelpWidth: () => widthOn(process.stdout),
    getErrHelpWidth: () => widthOn(process.stderr),
    writeOut: (text) => process.stdout.write(helpFor(text, process.stdout)),
    writeErr: (text) => process.stderr.write(helpFor(text, process.stderr)),
    outputError: () => {},
  });
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  for (const command of [program, ...commands]) command.exitOverride(throwFailure(command));
  return program;
}

/** A help text for a screen. Its paragraphs are written for `helpWidth`: on a narrower screen they are filled again. */
function helpFor(text: string, stream: NodeJS.WriteStream): string {
  const filled = widthOn(stream) < helpWidth ? text.replace(/^(\S.*)\n(?=\S)/gm, '$1 ') : text;
  return fitToScreen(filled, stream);
}

/** Turns what Commander says about wrong usage into a failure. What is not a failure, such as `--help`, is thrown on. */
function throwFailure(command: Command): (error: CommanderError) => never {
  return (error) => {
    if (error.exitCode === 0) throw error;
    const name = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
    const commands = command.commands.map((each) => each.name());
    const [, message = '', suggestion] = /^(?:error: )?([\s\S]*?)\.?(?:\n\((.*)\))?$/.exec(error.message.trim()) ?? [];
    // The parser of an option's value appends what it expects to Commander's message.
    const [found = '', expected] = message.split(/ is invalid\. Expected /);
    throw new InvalidInput({
      code: 'wrong-usage',
      object: name,
      found: error.code === 'commander.help' ? 'no command, or an unknown one' : found,
      expected: expected ?? (commands.length > 0 ? `one of ${commands.join(', ')}` : 'what its help shows'),
      next: `${suggestion ? `${suggestion} See ` : ''}${name} --help`,
    });
  };
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
