#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { baselineCommand } from './baseline/command.ts';
import { checkCommand } from './check/command.ts';
import { codemodCommand } from './codemod/command.ts';
import { contractCommand } from './contract/command.ts';
import { Failure } from './failure.ts';
import { migrateCommand } from './migrate/command.ts';
import { revertCommand } from './revert/command.ts';
import { shimsCommand } from './shims/command.ts';
import { statusCommand } from './status/command.ts';
import { usageCommand } from './usage/command.ts';

const program = new Command('canonical-models')
  .description(packageJson.description)
  .version(packageJson.version)
  .exitOverride()
  .showHelpAfterError('(canonical-models --help shows the commands)');

const commands = [
  baselineCommand(),
  migrateCommand(),
  statusCommand(),
  revertCommand(),
  checkCommand(),
  codemodCommand(),
  shimsCommand(),
  usageCommand(),
  contractCommand(),
];
for (const command of commands) program.addCommand(command.exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; what it calls an error is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof Failure) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  }
}
