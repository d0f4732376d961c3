// The path change alone, with ts-morph set up as its documentation does it: from the tsconfig.json of the tree, in memory.
import { join } from 'node:path';
import { Project } from 'ts-morph';

const paths = JSON.parse(process.env.BENCH_PATHS ?? '{}');
const [, , tree, ...flags] = process.argv;
// Told to resolve nothing, it reads the files of the tree and no other, and looks for none.
const project = flags.includes('--resolve-nothing')
  ? new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true })
  : new Project({ tsConfigFilePath: join(tree, 'tsconfig.json') });
if (flags.includes('--resolve-nothing')) project.addSourceFilesAtPaths(`${tree}/src/**/*.ts`);
for (const file of project.getSourceFiles()) {
  for (const declaration of [...file.getImportDeclarations(), ...file.getExportDeclarations()]) {
    const next = paths[declaration.getModuleSpecifierValue()];
    if (next) declaration.setModuleSpecifier(next);
  }
  file.getFullText();
}
