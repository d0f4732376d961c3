export type { ImportMap, MovedModule, MovedSymbol } from '../../registry/import-map.ts';
export { buildImportMap } from '../../registry/import-map.ts';
export { codemod } from './codemod.ts';
export type { Edit } from './edits.ts';
export { type MockFunction, mockFunctions } from './mock-functions.ts';
export type { Change, CodemodOptions, CodemodResult, Left, LeftReason } from './result.ts';
export { createPackageResolver, type Resolver } from './specifiers.ts';
