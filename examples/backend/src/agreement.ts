import { check, connect } from 'canonical-models/check';

/**
 * Compares the database with the models that this service was built with.
 *
 * @returns a report for people if they differ.
 * @throws {NotSetUp} if the database cannot be asked.
 */
export async function findDisagreement(databaseUrl: string): Promise<string | undefined> {
  const connection = await connect(databaseUrl, { create: false });
  try {
    const report = await check(connection, { drizzleKit: false });
    if (report.status === 'agrees') return undefined;
    const lines = report.differs.map(
      ({ object, property, expected, found }) =>
        `  ${[object, property].filter(Boolean).join(', ')}: found ${found ?? 'nothing'}; expected ${expected ?? 'nothing'}`,
    );
    return [
      `${connection.label} and the models do not agree (${report.status}).`,
      ...report.pending.map((migration) => `  pending: ${migration}`),
      ...lines.slice(0, 20),
      ...(lines.length > 20 ? [`  and ${lines.length - 20} more`] : []),
      'Next: npx canonical-models check shows all of it, npx canonical-models migrate applies what is pending.',
    ].join('\n');
  } finally {
    await connection.close();
  }
}
