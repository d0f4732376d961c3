#!/usr/bin/env node
import { setCommandLine } from '../peers.ts';
import { canonicalModelsProgram } from './program.ts';
import { runProgram } from './run.ts';

setCommandLine(process.argv.slice(2));
await runProgram(canonicalModelsProgram());
