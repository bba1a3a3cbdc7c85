// Ends the process, and says at which case, when a loop without end keeps the thread that counts the cases from ever saying so itself.
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

const cases = new Int32Array(workerData.cases)
let last = -1
setInterval(() => {
  const now = Atomics.load(cases, 0)
  if (now === last && now >= 0) {
    writeSync(2, `no end of case ${now} of ${workerData.name}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
  last = now
}, workerData.everyMs)
