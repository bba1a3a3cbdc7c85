/** `npx tsx test/slt/runner/complete.ts FILE...`: writes the results that the engine gives into the files; look at the difference before you commit it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../../src/engine/engine.ts'
import { runSlt } from './run-slt.ts'
import { readSlt } from './slt-file.ts'

/** The text of a file with the results of its queries in place of those that it has; loops are left as they are. */
async function complete(text: string, dataDirectory: string): Promise<string> {
  const engine = await startEngine({ dataDirectory, settings: { threads: 1 } })
  const lines: (string | null)[] = text.split('\n')
  try {
    for (const { record, message, lines: wanted } of await runSlt(engine.createSession(), readSlt(text))) {
      if (record.kind !== 'query' || wanted === undefined) {
        process.stderr.write(`line ${record.line}: ${message}\n`)
        continue
      }
      const [from, to] = record.expectedAt
      const dashes = lines[from - 1] === '----' ? '' : '----\n'
      lines.fill(null, from, to)
      lines[from - 1] =
        `${lines[from - 1]}${dashes === '' ? '' : `\n----`}${wanted.map((line) => `\n${line}`).join('')}`
    }
  } finally {
    await engine.close()
  }
  return lines.filter((line) => line !== null).join('\n')
}

for (const file of process.argv.slice(2)) {
  const directory = await mkdtemp(join(tmpdir(), 'slt-'))
  writeFileSync(file, await complete(readFileSync(file, 'utf8'), directory))
  rmSync(directory, { recursive: true })
}
