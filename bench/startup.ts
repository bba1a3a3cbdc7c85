/** How long does `sluice -c "select 1"` take as a whole process? */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median, minimum } from './samples.ts'

const RUNS = 15

export async function main(): Promise<void> {
  const program = fileURLToPath(new URL('../bin/sluice.js', import.meta.url))
  for (const [name, args] of [
    ['node, empty program', ['-e', '0']],
    ['sluice -c "select 1"', [program, '-c', 'select 1', '--format', 'csv']],
  ] as const) {
    const samples: number[] = []
    for (let i = 0; i < RUNS; i++) {
      const started = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args)
      if (status !== 0) throw new Error(String(stderr))
      samples.push(performance.now() - started)
    }
    console.log(
      `${name}: min ${minimum(samples).toFixed(0)} ms, median ${median(samples).toFixed(0)} ms of ${RUNS} runs`,
    )
  }
}
