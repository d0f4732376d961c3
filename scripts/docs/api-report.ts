import { join } from 'node:path';
import ts from 'typescript';
import { type PackageModule, packageModules } from '../package-exports.ts';

/**
 * The public API as one document: for each subpath of the package its exports with their signatures, as TypeScript sees them in the
 * sources. A change of the API is a change of this document. Old import paths are left out: they export what others do.
 *
 * @param root The checkout.
 */
export function apiReport(root: string): string {
  // What gathers the exports of others comes last, so that each export is described where it belongs.
  const gathers = ({ specifier }: PackageModule) => /^canonical-models(?:\/schema)?$/.test(specifier);
  const entries = packageModules(root)
    .filter(({ source }) => !source.includes('/old-paths/'))
    .sort((one, other) => Number(gathers(one)) - Number(gathers(other)));
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const program = ts.createProgram(
    entries.map(({ source }) => join(root, source)),
    // The type of the description of a migrated database, in JSON, takes a third of the time, and no signature has it.
    { ...options, resolveJsonModule: false },
  );
  const checker = program.getTypeChecker();
  const reported = new Map<ts.Symbol, string>();
  const parts = entries.map(({ specifier, source }) => {
    const file = program.getSourceFile(join(root, source));
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${specifier}: ${source} is not a module`);
    const own: string[] = [];
    const elsewhere = new Map<string, string[]>();
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = original(exported, checker);
      const known = reported.get(symbol);
      if (known !== undefined) elsewhere.set(known, [...(elsewhere.get(known) ?? []), exported.name]);
      else own.push(describeExport(exported, checker));
      if (known === undefined) reported.set(symbol, specifier);
    }
    const repeated = [...elsewhere].map(([from, names]) => `export { ${names.sort().join(', ')} } from '${from}'`);
    const lines = [...own.filter((text) => text !== '').sort(), ...repeated.sort()].join('\n');
    return `## \`${specifier}\`\n\n\`\`\`ts\n${lines}\n\`\`\`\n`;
  });
  return [
    '<!-- Generated from the sources by `npm run docs:api`. Do not edit. -->',
    '',
    '# Public API',
    '',
    'Every subpath, with its exports and their signatures. A table is written as its entity and its name in the database.',
    '',
    parts.join('\n'),
  ].join('\n');
}

const format =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope |
  ts.TypeFormatFlags.WriteArrayAsGenericType;

/** What an export stands for, where it is declared. */
function original(exported: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
}

/** One export in one line. Its value and its type are two lines if it is both. */
function describeExport(exported: ts.Symbol, checker: ts.TypeChecker): string {
  const symbol = original(exported, checker);
  const { name } = exported;
  const declarations = (symbol.declarations ?? []).filter((declaration) => !isInternal(declaration));
  return declarations
    .flatMap((declaration) => describeDeclaration(name, declaration, symbol, checker))
    .filter((line, index, lines) => lines.indexOf(line) === index)
    .join('\n');
}

function describeDeclaration(
  name: string,
  declaration: ts.Declaration,
  symbol: ts.Symbol,
  checker: ts.TypeChecker,
): string[] {
  if (ts.isVariableDeclaration(declaration) || ts.isExportAssignment(declaration)) {
    return [`const ${name}: ${valueText(symbol, declaration, checker)}`];
  }
  if (ts.isFunctionDeclaration(declaration)) {
    const signature = checker.getSignatureFromDeclaration(declaration);
    return signature ? [`function ${name}${checker.signatureToString(signature, declaration, format)}`] : [];
  }
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
    return [textOf(declaration)];
  }
  if (ts.isClassDeclaration(declaration)) return [classText(name, declaration)];
  return [`${ts.SyntaxKind[declaration.kind]} ${name}`];
}

/** What a value is: a table by its name in the database, a list of labels, else its type as far as a reader takes it in. */
function valueText(symbol: ts.Symbol, declaration: ts.Declaration, checker: ts.TypeChecker): string {
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  const config =
    type.getProperty('_') && checker.getTypeOfSymbolAtLocation(type.getProperty('_') as ts.Symbol, declaration);
  const tableName = config?.getProperty('name');
  const text = (of: ts.Type) => checker.typeToString(of, declaration, format);
  if (tableName && config?.getProperty('columns')) {
    return `table ${text(checker.getTypeOfSymbolAtLocation(tableName, declaration))}`;
  }
  const labels = type.getProperty('enumValues');
  if (labels) return `labels ${text(checker.getTypeOfSymbolAtLocation(labels, declaration))}`;
  const written = ts.isVariableDeclaration(declaration) ? declaration.type : undefined;
  const whole = written ? written.getText() : text(type);
  const oneLine = whole.replace(/\s+/g, ' ');
  return oneLine.length > longestType ? `${oneLine.slice(0, longestType)} …` : oneLine;
}

/** Inferred types of tables and relations are printed by Drizzle in full, which nobody reads. */
const longestType = 240;

/** A declaration without comments and line breaks. */
function textOf(declaration: ts.Node): string {
  const printer = ts.createPrinter({ removeComments: true });
  return printer
    .printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile())
    .replace(/\s+/g, ' ')
    .replace(/^export (?:declare )?/, '');
}

/** A class with what it extends and its public members, without their bodies. */
function classText(name: string, declaration: ts.ClassDeclaration): string {
  const heritage = declaration.heritageClauses?.map((clause) => clause.getText()).join(' ') ?? '';
  const members = declaration.members.flatMap((member) => {
    const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
    if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) return [];
    if (ts.isPropertyDeclaration(member))
      return [`${member.name.getText()}${member.type ? `: ${member.type.getText()}` : ''}`];
    if (ts.isConstructorDeclaration(member)) return [`constructor(${member.parameters.map(textOf).join(', ')})`];
    if (ts.isMethodDeclaration(member)) {
      const type = member.type ? `: ${member.type.getText()}` : '';
      return [`${member.name.getText()}(${member.parameters.map(textOf).join(', ')})${type}`];
    }
    return [];
  });
  const isAbstract = declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword);
  const words = [
    isAbstract ? 'abstract class' : 'class',
    name +
      (declaration.typeParameters ? `<${declaration.typeParameters.map((each) => each.getText()).join(', ')}>` : ''),
    heritage,
  ];
  return `${words.filter((word) => word !== '').join(' ')} { ${members.join('; ')} }`.replace(/\s+/g, ' ');
}

function isInternal(declaration: ts.Declaration): boolean {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal');
}
