/** Method: files are named, not written; a slice is written down as `base + log log`. */
import { describe, expect, test } from 'vitest'
import { parseDataFileName } from '../../../src/table/hudi/file-names.ts'
import { type SliceView, slicesOf } from '../../../src/table/hudi/file-slices.ts'
import { parseInstantName } from '../../../src/table/hudi/instant.ts'
import { Timeline } from '../../../src/table/hudi/timeline.ts'

function timelineOf(...names: string[]): Timeline {
  return new Timeline(names.map((name) => parseInstantName(name, name)!))
}

interface Options {
  readonly version?: 6 | 8
  readonly until?: string
  readonly replaced?: Readonly<Record<string, string>>
}

function slices(
  timeline: Timeline,
  names: readonly string[],
  { version = 6, until, replaced = {} }: Options = {},
): string[] {
  const view: SliceView = {
    timeline,
    until,
    logsHaveOwnInstant: version === 8,
    completedAt: (instant) => timeline.completedAt(instant) ?? instant,
    replacedBy: (_, fileId) => replaced[fileId],
    replacedIn: () => [],
  }
  const files = names.map((name) => ({
    name,
    url: name,
    byteCount: 1,
    modifiedMs: 0,
    parsed: parseDataFileName(name)!,
  }))
  return slicesOf('', files, view).map(({ base, logs }) =>
    [base?.name ?? 'none', ...logs.map(({ name }) => name)].join(' + '),
  )
}

test('names of files say what they are', () => {
  expect(parseDataFileName('f-0_1-2-3_100.parquet')).toEqual({
    kind: 'base',
    fileId: 'f-0',
    writeToken: '1-2-3',
    instant: '100',
    format: 'parquet',
  })
  expect(parseDataFileName('.f-0_100.log.12_1-2-3')).toMatchObject({ kind: 'log', instant: '100', version: 12 })
  expect(parseDataFileName('.f-0_100.log.1_1-2-3.cdc')).toMatchObject({ kind: 'cdc' })
  for (const name of ['.hoodie_partition_metadata', '_SUCCESS', 'f.parquet', '.f-0_100.log.1_1-2-3.crc']) {
    expect(parseDataFileName(name)).toBeUndefined()
  }
})

test.each([
  ['100.commit', 'commit', 'completed'],
  ['100.inflight', 'commit', 'inflight'],
  ['100.commit.requested', 'commit', 'requested'],
  ['100.compaction.requested', 'compaction', 'requested'],
  ['100_105.deltacommit', 'deltacommit', 'completed'],
])('instant %s', (name, action, state) => {
  expect(parseInstantName(name, name)).toMatchObject({ time: '100', action, state })
})

describe('which base file counts', () => {
  const files = ['f_1_100.parquet', 'f_1_200.parquet', 'f_1_300.parquet']

  test('the newest that is committed', () => {
    const timeline = timelineOf('100.commit', '200.commit', '300.inflight')
    expect(slices(timeline, files)).toEqual(['f_1_200.parquet'])
    expect(slices(timeline, files, { until: '150' })).toEqual(['f_1_100.parquet'])
  })

  test('what was archived is committed, unless it is pending', () => {
    expect(slices(timelineOf('250.commit'), files)).toEqual(['f_1_200.parquet'])
    expect(slices(timelineOf('200.inflight', '250.commit'), files)).toEqual(['f_1_100.parquet'])
  })

  test('a savepoint keeps its commit in a timeline that begins later', () => {
    const timeline = timelineOf('100.commit', '100.savepoint', '250.commit')
    expect(timeline.isCommitted('200')).toBe(true)
    expect(slices(timeline, files)).toEqual(['f_1_200.parquet'])
  })

  test('the later of two attempts of one instant', () => {
    const twice = ['f_1-0-7_100.parquet', 'f_1-1-9_100.parquet']
    expect(slices(timelineOf('100.commit'), twice)).toEqual(['f_1-1-9_100.parquet'])
  })
})

describe('which logs count, versions up to 6', () => {
  const files = [
    'f_1_100.parquet',
    '.f_100.log.2_1-0-1',
    '.f_100.log.10_1-0-1',
    '.f_100.log.1_1-0-1',
    '.f_200.log.1_1-0-1',
  ]

  test('those of the base file, by their version', () => {
    const timeline = timelineOf('100.deltacommit', '200.compaction.requested')
    // The compaction is pending: logs of its slice change the older base file too.
    expect(slices(timeline, files)).toEqual([
      'f_1_100.parquet + .f_100.log.1_1-0-1 + .f_100.log.2_1-0-1 + .f_100.log.10_1-0-1 + .f_200.log.1_1-0-1',
    ])
  })

  test('a finished compaction leaves the older logs behind', () => {
    const timeline = timelineOf('100.deltacommit', '200.commit')
    expect(slices(timeline, [...files, 'f_1_200.parquet'])).toEqual(['f_1_200.parquet + .f_200.log.1_1-0-1'])
    expect(slices(timeline, [...files, 'f_1_200.parquet'], { until: '150' })).toEqual([
      'f_1_100.parquet + .f_100.log.1_1-0-1 + .f_100.log.2_1-0-1 + .f_100.log.10_1-0-1',
    ])
  })
})

describe('which logs count, versions from 8 on', () => {
  const files = ['f_1_100.parquet', '.f_110.log.1_1-0-1', '.f_140.log.1_1-0-1', '.f_160.log.1_1-0-1', 'f_1_150.parquet']

  test('those that were completed after the base file was requested', () => {
    // 140 was under way when the compaction 150 was planned, so it is not in the new base file.
    const timeline = timelineOf('100_105.deltacommit', '110_115.deltacommit', '140_155.deltacommit', '150_170.commit')
    expect(slices(timeline, files, { version: 8 })).toEqual(['f_1_150.parquet + .f_140.log.1_1-0-1'])
  })

  test('uncommitted ones do not', () => {
    const timeline = timelineOf('100_105.deltacommit', '110_115.deltacommit', '140.deltacommit.inflight')
    expect(slices(timeline, files, { version: 8 })).toEqual(['f_1_100.parquet + .f_110.log.1_1-0-1'])
  })
})

test('replaced file groups are gone from the replacing instant on', () => {
  const timeline = timelineOf('100.commit', '200.replacecommit')
  const options = { replaced: { f: '200' } }
  expect(slices(timeline, ['f_1_100.parquet', 'g_1_200.parquet'], options)).toEqual(['g_1_200.parquet'])
  expect(slices(timeline, ['f_1_100.parquet', 'g_1_200.parquet'], { ...options, until: '150' })).toEqual([
    'f_1_100.parquet',
  ])
})
