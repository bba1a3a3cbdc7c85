/**
 * How long does it take to get 1,000 rows of a Lance dataset by their numbers, against Lance's own reader on the same files and pyarrow on Parquet ones?
 *
 *   LANCE_PYTHON=path/to/python npm run bench -- take --folder DIR [--rows 10000000] [--take 1000] [--runs 30]
 *
 * Method: the tables are written into DIR when they are not there. Each run asks all readers for the same rows, others each time; answers are compared, the first tenth of the runs is
 * not counted. Lance and pyarrow use as many threads as they like, Sluice one.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PeerProcess } from './peer-process.ts'
import { answerDifference } from './same-answer.ts'
import { median, minimum, printTable } from './samples.ts'

const FRAGMENT_ROWS = 1 << 20
const COLUMNS = [['x'], ['id', 'x', 'k', 'd']] as const

interface Reader {
  readonly name: string
  readonly peer: PeerProcess
  /** The request for some rows. */
  readonly request: (columns: readonly string[], rows: readonly number[]) => string
}

function peerRequest(reader: 'lance' | 'pyarrow'): Reader['request'] {
  return (columns, rows) => JSON.stringify({ reader, columns, rows })
}

function rowAddress(row: number): string {
  return String((BigInt(Math.floor(row / FRAGMENT_ROWS)) << 32n) | BigInt(row % FRAGMENT_ROWS))
}

function someRows(count: number, below: number): number[] {
  const rows = new Set<number>()
  while (rows.size < count) rows.add(Math.floor(Math.random() * below))
  return [...rows].sort((a, b) => a - b)
}

async function openReaders(folder: string, rows: number): Promise<Reader[]> {
  const options = { threads: 1, tables: {}, rows }
  const python = await PeerProcess.start('lance-take', { ...options, lake: folder })
  const ours = await PeerProcess.start('sluice', { ...options, folder: join(folder, 'lance') })
  const parquet = await PeerProcess.start('sluice', { ...options, folder: join(folder, 'parquet') })
  const sql = (column: string, list: string, names: readonly string[]): string =>
    `SELECT ${names.join(', ')} FROM numbers WHERE ${column} = ANY('{${list}}')`
  return [
    {
      name: 'sluice, lance',
      peer: ours,
      request: (names, list) => sql('_rowid', list.map(rowAddress).join(','), names),
    },
    { name: 'lance', peer: python, request: peerRequest('lance') },
    { name: 'sluice, parquet', peer: parquet, request: (names, list) => sql('_pos', list.join(','), names) },
    { name: 'pyarrow, parquet', peer: python, request: peerRequest('pyarrow') },
  ]
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      folder: { type: 'string', default: './take' },
      rows: { type: 'string', default: '10000000' },
      take: { type: 'string', default: '1000' },
      runs: { type: 'string', default: '30' },
    },
  })
  const [rowCount, takeCount, runs] = [Number(values.rows), Number(values.take), Number(values.runs)]
  const readers = await openReaders(values.folder, rowCount)
  const lines: string[][] = []
  for (const columns of COLUMNS) {
    const samples = readers.map(() => ({ ms: [] as number[], cpu: [] as number[] }))
    for (let run = 0; run < runs; run++) {
      const rows = someRows(takeCount, rowCount)
      let expected: readonly (readonly unknown[])[] | undefined
      for (const [i, { name, peer, request }] of readers.entries()) {
        // pyarrow decodes the whole file: a few runs tell enough.
        if (name.startsWith('pyarrow') && run > 3) continue
        const answer = await peer.query(request(columns, rows), true)
        if (!answer.ok) throw new Error(`${name}: ${answer.error}`)
        const difference = expected === undefined ? undefined : answerDifference(expected, answer.rows ?? [], false)
        if (difference !== undefined || answer.rows?.length !== takeCount) throw new Error(`${name}: ${difference}`)
        expected ??= answer.rows
        if (run < runs / 10 && !name.startsWith('pyarrow')) continue
        samples[i]!.ms.push(answer.ms!)
        samples[i]!.cpu.push(answer.cpuMs!)
      }
    }
    for (const [i, { name }] of readers.entries()) {
      const { ms, cpu } = samples[i]!
      lines.push([
        `${name}: ${columns.join(', ')}`,
        ...[minimum(ms), median(ms), minimum(cpu), median(cpu)].map((value) => value.toFixed(2)),
      ])
    }
  }
  printTable([`${takeCount} of ${rowCount} rows`, 'min ms', 'p50', 'min processor ms', 'p50'], lines)
  for (const { peer } of readers) peer.stop()
}
