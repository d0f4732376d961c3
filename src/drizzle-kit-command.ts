/** drizzle-kit's binary, as a package manager's link or as the file itself. */
const binary = /[\\/]drizzle-kit(?:[\\/]bin\.cjs)?$/;
const commands = ['generate', 'migrate', 'push', 'pull', 'introspect', 'up', 'check', 'export', 'studio'];

/**
 * The command that drizzle-kit is running, as in `generate`; `undefined` if another program loads the configuration. drizzle-kit tells
 * a configuration nothing, so its command line is read.
 */
export function findKitCommand([, script = '', ...parameters]: readonly string[] = process.argv): string | undefined {
  return binary.test(script) ? parameters.find((parameter) => commands.includes(parameter)) : undefined;
}
