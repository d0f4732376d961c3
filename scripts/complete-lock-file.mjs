/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out because the registry at hand does not have
 * them. `npm ci` refuses a lock file without them, here and elsewhere. Run it after every `npm install` that changed the lock file.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

const systems = ['win32', 'darwin', 'linux', 'android', 'freebsd', 'openbsd', 'netbsd', 'openharmony', 'sunos', 'aix'];
const processors = ['x64', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

/** Where Node would find a dependency of the package at `from`: the nearest `node_modules` that has it. */
function installed(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (at === '') return undefined;
  }
}

/** Whether the version that is there will do: npm has checked ranges, exact ones and majors are what platform packages use. */
function satisfies(version, range) {
  if (/[|* ]/.test(range) || version === range) return true;
  return /^[~^]/.test(range) && version.split('.')[0] === range.slice(1).split('.')[0];
}

let added = 0;
for (const [from, { optionalDependencies = {}, dev, license }] of Object.entries({ ...packages })) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    const there = installed(from, name);
    if (there && satisfies(packages[there].version, range)) continue;
    const words = name.split('/').at(-1).replace('windows', 'win32').split(/[-.]/);
    const system = words.find((word) => systems.includes(word));
    const processor = words
      .map((word) => processors.find((one) => one === word) ?? (/^arm/.test(word) ? 'arm' : undefined))
      .find(Boolean);
    if (!processor)
      throw new Error(`${from} → ${name}: the name says no platform. Add it to package-lock.json by hand.`);
    const libc = words.includes('musl')
      ? ['musl']
      : system === 'linux' && words.includes('gnu')
        ? ['glibc']
        : undefined;
    const top = `node_modules/${name}`;
    packages[packages[top] ? `${from}/${top}` : top] = {
      version: range.replace(/^[~^]/, ''),
      cpu: [processor],
      dev,
      libc,
      license,
      optional: true,
      os: system && [system],
    };
    added++;
  }
}
const byPath = ([a], [b]) => (a < b ? -1 : 1);
lock.packages = Object.fromEntries(Object.entries(packages).sort(byPath));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added.\n`);
