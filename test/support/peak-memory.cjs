// Loaded into a program with --require: writes its peak memory in bytes to the file PEAK_MEMORY_FILE when it ends (Linux).
// VmHWM begins at the start of the program; what getrusage reports includes the process that started it.
const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  writeFileSync(process.env.PEAK_MEMORY_FILE, String(Number(kib) * 1024));
});
