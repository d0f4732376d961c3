// The path change alone, with ts-morph: every file of a tree, in memory.
import { Project } from 'ts-morph';

const paths = JSON.parse(process.env.BENCH_PATHS ?? '{}');
const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true });
for (const file of project.addSourceFilesAtPaths(`${process.argv[2]}/src/**/*.ts`)) {
  for (const declaration of [...file.getImportDeclarations(), ...file.getExportDeclarations()]) {
    const next = paths[declaration.getModuleSpecifierValue()];
    if (next) declaration.setModuleSpecifier(next);
  }
  file.getFullText();
}
