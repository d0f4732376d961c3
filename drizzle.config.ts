import './scripts/generate/stop-kit-generate.ts';

/** drizzle-kit on the sources, for people who work on this package. Services use `dist/drizzle.config.js`, which is the same. */
export { default } from './src/drizzle.config.ts';
