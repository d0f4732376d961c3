/** drizzle-kit's binary, as a package manager's link or as the file itself. */
const binary = /[\\/]drizzle-kit(?:[\\/]bin\.cjs)?$/;
const commands = ['generate', 'migrate', 'push', 'pull', 'introspect', 'up', 'check', 'export', 'studio'];

/**
 * Finds the command that drizzle-kit is running, as in `generate`. drizzle-kit passes nothing to a configuration, so this reads its
 * command line.
 *
 * @returns undefined if another program loads the configuration.
 */
export function findKitCommand([, script = '', ...parameters]: readonly string[] = process.argv): string | undefined {
  return binary.test(script) ? parameters.find((parameter) => commands.includes(parameter)) : undefined;
}
