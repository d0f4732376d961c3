import { asProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run.ts';
import { contractCommand } from './command.ts';

await runProgram(asProgram(contractCommand()));
