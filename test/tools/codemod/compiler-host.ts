import type ts from 'typescript';

/** The library of a program that has no other files than those that a test gives it. */
export const libFile = '/lib.d.ts';

/** What a test gives to the compiler. */
export interface CompilerFiles {
  readonly getSource: (file: string) => ts.SourceFile | undefined;
  readonly getText: (file: string) => string | undefined;
  /** The file that a specifier leads to; undefined if there is none. */
  readonly resolve: (specifier: string, from: string) => string | undefined;
}

/** Creates a host over files in memory. */
export function createCompilerHost({ getSource, getText, resolve }: CompilerFiles): ts.CompilerHost {
  return {
    getSourceFile: getSource,
    getDefaultLibFileName: () => libFile,
    writeFile: () => undefined,
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (file) => getText(file) !== undefined,
    readFile: getText,
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => {
        const resolvedFileName = resolve(text, from);
        if (resolvedFileName === undefined) return { resolvedModule: undefined };
        const extension = /(?:\.d)?\.\w+$/.exec(resolvedFileName)?.[0] ?? '.ts';
        return { resolvedModule: { resolvedFileName, extension } };
      }),
  };
}
