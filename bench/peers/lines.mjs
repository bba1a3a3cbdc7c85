/** The protocol of peers: answers each line on standard input with a line. */
import { createInterface } from 'node:readline'

/** `open(options)` gives the version, `query(sql)` the rows as arrays of JSON values. */
export async function serve({ open, query }) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    let answer
    try {
      if (request.open) {
        answer = { ok: true, version: await open(request.open) }
      } else {
        const before = process.cpuUsage()
        const started = performance.now()
        const rows = await query(request.sql)
        const ms = performance.now() - started
        const { user, system } = process.cpuUsage(before)
        answer = {
          ok: true,
          ms,
          cpuMs: (user + system) / 1000,
          rows: request.wantRows ? rows() : undefined,
          rss: process.memoryUsage().rss,
        }
      }
    } catch (error) {
      answer = { ok: false, error: String(error?.message ?? error).slice(0, 500) }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  process.exit(0)
}
