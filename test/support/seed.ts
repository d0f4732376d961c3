import fc from 'fast-check';

/**
 * Where random tests begin: the same in each `npm test`, so that a commit has one answer; another in each run of the long form, which
 * looks for new cases. `SEED` repeats a run.
 */
export const seed = readSeed();

function readSeed(): number {
  if (process.env['SEED']) return Number(process.env['SEED']);
  return process.env['CANONICAL_MODELS_DEEP'] === '1' ? Math.floor(Math.random() * 2 ** 31) : 1;
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
