/** Which files a version has: commits, checkpoints of each kind, compactions, gaps. */
import { describe, expect, test } from 'vitest'
import {
  type CheckpointRow,
  type LogFiles,
  add,
  checkpoint,
  column,
  commitName,
  commitsOf,
  filesOf,
  lines,
  metadata,
  openLog,
  protocol,
  remove,
} from './make-table.ts'

const START = [protocol(), metadata([column('id', 'integer')])]
const SCHEMA = '{"type":"struct","fields":[{"name":"id","type":"integer","nullable":true,"metadata":{}}]}'

const TOP: readonly CheckpointRow[] = [
  { 'protocol.minReaderVersion': 1, 'protocol.minWriterVersion': 2 },
  { 'metaData.schemaString': SCHEMA },
]

const addRow = (path: string): CheckpointRow => ({ 'add.path': path, 'add.size': 1 })
const versionName = (version: number): string => String(version).padStart(20, '0')

const at = (value: number) => ({ at: { kind: 'version', value: BigInt(value) } }) as const

describe('replay', () => {
  const log = commitsOf([
    [...START, add('a'), add('b')],
    [remove('a'), add('c')],
    [add('a'), remove('b')],
  ])

  test('the newest action of a file counts', async () => {
    expect(await filesOf(await openLog(log))).toEqual(['a', 'c'])
    expect(await filesOf(await openLog(log, at(1)))).toEqual(['b', 'c'])
    expect(await filesOf(await openLog(log, at(0)))).toEqual(['a', 'b'])
  })

  test('a file with another deletion vector is another logical file', async () => {
    const deletionVector = { storageType: 'i', pathOrInlineDv: 'x', sizeInBytes: 40, cardinality: 6 }
    const vectors = commitsOf([
      [...START, add('a', { stats: { numRecords: 9 } })],
      // In any order.
      [add('a', { stats: { numRecords: 9 }, deletionVector }), remove('a')],
    ])
    const table = await openLog(vectors)
    expect(await table.statistics()).toMatchObject({ fileCount: 1, rowCount: 3, exact: true })
  })

  test('paths are decoded, and absolute ones are one place however they are written', async () => {
    const paths = commitsOf([
      [...START, add('p=a%20b/x%2525.parquet'), add('file:/elsewhere/y'), add('file:///elsewhere/z')],
      [remove('/elsewhere/y')],
    ])
    expect(await filesOf(await openLog(paths))).toEqual(['file:///elsewhere/z', 'p=a b/x%25.parquet'])
  })

  test('an action over several lines, and a last line without an end', async () => {
    const printed = JSON.stringify({ add: { path: 'a"}', partitionValues: {}, size: 1 } }, null, 2)
    const log = { [commitName(0)]: `${lines(START)}${printed}\n${lines([add('b')]).trim()}` }
    expect(await filesOf(await openLog(log))).toEqual(['a"}', 'b'])
  })
})

describe('what is missing', () => {
  test('a version that is not there', async () => {
    await expect(openLog(commitsOf([START]), at(3))).rejects.toMatchObject({
      sqlstate: '22023',
      message: 'version 3 of table "t" not found',
      hint: 'Versions 0 to 0 can be read.',
    })
  })

  test('a gap', async () => {
    const log = { [commitName(0)]: lines(START), [commitName(2)]: lines([add('a')]) }
    await expect(openLog(log)).rejects.toMatchObject({ sqlstate: 'XX001' })
    expect(await filesOf(await openLog(log, at(0)))).toEqual([])
  })

  test('an empty log', async () => {
    await expect(openLog({ 'other.txt': '' })).rejects.toMatchObject({ sqlstate: '58P01' })
  })

  test.each([
    ['no protocol', [metadata([])]],
    ['no metadata', [protocol()]],
    ['no schema', [protocol(), { metaData: { id: 'x' } }]],
    ['no path', [...START, { add: { size: 1 } }]],
  ])('damaged: %s', async (_, actions) => {
    await expect(openLog(commitsOf([actions]))).rejects.toMatchObject({ sqlstate: 'XX001' })
  })

  test.each(['{"add":', 'nonsense', '[1]', '{"add":{}}}'])('damaged JSON: %s', async (text) => {
    await expect(openLog({ [commitName(0)]: lines(START) + text })).rejects.toMatchObject({ sqlstate: 'XX001' })
  })
})

describe('checkpoints', () => {
  const tail = { [commitName(3)]: lines([add('c'), remove('a')]) }

  test('classic, with the commits before it gone', async () => {
    const log = { [`${versionName(2)}.checkpoint.parquet`]: checkpoint([...TOP, addRow('a'), addRow('b')]), ...tail }
    expect(await filesOf(await openLog(log))).toEqual(['b', 'c'])
    await expect(openLog(log, at(1))).rejects.toMatchObject({
      sqlstate: '22023',
      hint: 'Versions 2 to 3 can be read.',
    })
  })

  test('in parts; those that lack one are no checkpoints', async () => {
    const part = (n: number, of: number): string =>
      `${versionName(2)}.checkpoint.${String(n).padStart(10, '0')}.${String(of).padStart(10, '0')}.parquet`
    const parts: LogFiles = {
      [part(1, 2)]: checkpoint([...TOP, addRow('a')]),
      [part(2, 2)]: checkpoint([addRow('b')]),
      [part(1, 3)]: checkpoint([addRow('x')]),
      ...tail,
    }
    expect(await filesOf(await openLog(parts))).toEqual(['b', 'c'])
    const { [part(2, 2)]: _, ...incomplete } = parts
    await expect(openLog(incomplete)).rejects.toMatchObject({ sqlstate: 'XX001' })
  })

  test.each(['json', 'parquet'])('version 2 as %s, with sidecars', async (extension) => {
    const uuid = '80a083e8-7026-4e79-81be-64bd76c43a11'
    const json = lines([
      { checkpointMetadata: { version: 2 } },
      ...START,
      { sidecar: { path: 's1.parquet', sizeInBytes: 1, modificationTime: 1 } },
      { sidecar: { path: 'memory:/t/_delta_log/_sidecars/s2.parquet', sizeInBytes: 1, modificationTime: 1 } },
    ])
    const rows = [
      ...TOP,
      { 'sidecar.path': 's1.parquet' },
      { 'sidecar.path': 'memory:/t/_delta_log/_sidecars/s2.parquet' },
    ]
    const log = {
      [`${versionName(2)}.checkpoint.${uuid}.${extension}`]: extension === 'json' ? json : checkpoint(rows),
      '_sidecars/s1.parquet': checkpoint([addRow('a')]),
      '_sidecars/s2.parquet': checkpoint([addRow('b')]),
      ...tail,
    }
    expect(await filesOf(await openLog(log))).toEqual(['b', 'c'])
  })

  test('JSON with the files in it', async () => {
    const uuid = '80a083e8-7026-4e79-81be-64bd76c43a11'
    const log = { [`${versionName(2)}.checkpoint.${uuid}.json`]: lines([...START, add('a'), add('b')]), ...tail }
    expect(await filesOf(await openLog(log))).toEqual(['b', 'c'])
  })

  test('one without metadata is damaged', async () => {
    const log = { [`${versionName(2)}.checkpoint.parquet`]: checkpoint([addRow('a')]) }
    await expect(openLog(log)).rejects.toMatchObject({ sqlstate: 'XX001' })
  })
})

describe('compactions', () => {
  const commits = commitsOf([[...START, add('a')], [remove('a'), add('b')], [add('c')], [add('d')]])
  const name = `${versionName(1)}.${versionName(2)}.compacted.json`

  test('stand for their commits', async () => {
    const { [commitName(1)]: _, [commitName(2)]: __, ...rest } = commits
    const log = { ...rest, [name]: lines([remove('a'), add('b'), add('c')]) }
    expect(await filesOf(await openLog(log))).toEqual(['b', 'c', 'd'])
    await expect(openLog(log, at(1))).rejects.toMatchObject({ sqlstate: 'XX001' })
  })

  test('that only join commits are passed over, where the commits are kept', async () => {
    const joined = lines([add('c'), remove('c'), remove('a'), add('b')])
    expect(await filesOf(await openLog({ ...commits, [name]: joined }))).toEqual(['b', 'c', 'd'])
    const { [commitName(1)]: _, ...rest } = commits
    await expect(openLog({ ...rest, [name]: joined })).rejects.toMatchObject({ sqlstate: 'XX001' })
  })
})

describe('protocol', () => {
  test('features that are not known are refused by name', async () => {
    const log = commitsOf([[protocol(['deletionVectors', 'telepathy']), metadata([])]])
    await expect(openLog(log)).rejects.toMatchObject({
      sqlstate: '0A000',
      message: 'reading Delta table "t" with table feature "telepathy" is not supported',
    })
  })

  test('and so is a later reader version', async () => {
    const log = commitsOf([[{ protocol: { minReaderVersion: 4, minWriterVersion: 7 } }, metadata([])]])
    await expect(openLog(log)).rejects.toMatchObject({ sqlstate: '0A000' })
  })
})
