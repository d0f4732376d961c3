import { test } from 'vitest';
import { openCanonicalDatabase } from './tables.ts';
for (const e of ['pglite', 'pglite', 'pglite', 18, 18] as const) test('open ' + e, async () => { let t = performance.now(); const c = process.cpuUsage(); const d = await openCanonicalDatabase(e as any); const u = process.cpuUsage(c); console.log(e, (performance.now() - t) | 0, 'cpu', (u.user + u.system) / 1000 | 0); t = performance.now(); await d.close(); console.log('close', (performance.now() - t) | 0); });
