// Loaded before a measured process: writes the most memory that it ever had, in kilobytes, where the environment says.
const { appendFileSync, readFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  process.on('exit', () => {
    const own = process.platform === 'linux' && /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    appendFileSync(process.env.BENCH_MEMORY_FILE, `${own ? own[1] : process.resourceUsage().maxRSS}\n`);
  });
}
