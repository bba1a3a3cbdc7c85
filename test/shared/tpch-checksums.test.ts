/** `sluice tpch --format tbl` at scale 0.1 and 1 has the checksums of dbgen's files; scale 1 takes a minute and a gigabyte at most. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

/** Prints the most memory (KiB) that the process ever had; threads load this too. */
const MEASURE = `data:text/javascript,${encodeURIComponent(`
import { isMainThread } from 'node:worker_threads'
if (isMainThread) process.on('exit', () => process.stdout.write(String(process.resourceUsage().maxRSS)))
`)}`

interface Checksums {
  readonly scales: Readonly<Record<string, Readonly<Record<string, { readonly sha256: string }>>>>
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

describe.skipIf(!HAS_SHARED)('dbgen files', () => {
  const checksums = HAS_SHARED
    ? (JSON.parse(readFileSync(join(SHARED, 'tpc/tpch-checksums.json'), 'utf8')) as Checksums).scales
    : {}
  for (const scale of ['0.1', '1']) {
    test(`at scale ${scale}, with 2 threads`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-tbl-'))
      try {
        const options = ['--scale', scale, '--into', folder, '--format', 'tbl', '--threads', '2']
        const started = performance.now()
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          ['--import', MEASURE, SLUICE, 'tpch', ...options],
          { encoding: 'utf8' },
        )
        const seconds = (performance.now() - started) / 1000
        expect(status, stderr).toBe(0)
        expect(seconds).toBeLessThan(60)
        expect(Number(stdout)).toBeGreaterThan(300_000)
        expect(Number(stdout)).toBeLessThan(1_000_000)
        for (const [table, expected] of Object.entries(checksums[scale]!)) {
          expect(await sha256(join(folder, `${table}.tbl`)), table).toBe(expected.sha256)
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})
