export type { ImportMap, MovedModule, MovedSymbol } from '../../registry/import-map.ts';
export { importMap } from '../../registry/import-map.ts';
export {
  type Change,
  type CodemodOptions,
  type CodemodResult,
  codemod,
  type Left,
  type LeftReason,
} from './codemod.ts';
export type { Edit } from './edits.ts';
export { type MockFunction, mockFunctions } from './mock-functions.ts';
export { packageResolver, type Resolver } from './specifiers.ts';
