/** A function of a test runner that takes the path of a module as its first argument. */
export interface MockFunction {
  /** The dotted name that is called, as in `vi.mock`. */
  readonly name: string;
  /**
   * What it does: `replace` puts the result of its second argument in place of the module; `name` only names the module; `load`
   * returns the module object, and `load-async` a promise of it.
   */
  readonly does: 'replace' | 'name' | 'load' | 'load-async';
  /**
   * How a replacement gets the original module: through a function that is the first parameter of its factory, or by a call of
   * another function, as in `jest.requireActual`. Absent if it cannot.
   */
  readonly original?: { readonly parameter: string } | { readonly call: string };
}

/** The functions of Vitest, Jest, Bun and `node:test` that name modules. */
export const mockFunctions: readonly MockFunction[] = [
  ...['vi.mock', 'vi.doMock'].map((name) => buildMockFunction(name, 'replace', { parameter: 'importOriginal' })),
  ...['jest.mock', 'jest.doMock'].map((name) => buildMockFunction(name, 'replace', { call: 'jest.requireActual' })),
  ...['jest.unstable_mockModule', 'mock.module', 't.mock.module'].map((name) => buildMockFunction(name, 'replace')),
  ...['vi.unmock', 'vi.doUnmock', 'jest.unmock', 'jest.dontMock', 'jest.deepUnmock'].map((name) =>
    buildMockFunction(name, 'name'),
  ),
  ...['vi.importActual', 'vi.importMock'].map((name) => buildMockFunction(name, 'load-async')),
  ...['jest.requireActual', 'jest.requireMock', 'jest.createMockFromModule', 'jest.genMockFromModule'].map((name) =>
    buildMockFunction(name, 'load'),
  ),
];

function buildMockFunction(
  name: string,
  does: MockFunction['does'],
  original?: MockFunction['original'],
): MockFunction {
  return original ? { name, does, original } : { name, does };
}
