import { expect, test } from 'vitest'
import { parseTableConfig } from '../../../src/table/hudi/table-config.ts'

const FILE = 't/.hoodie/hoodie.properties'

function config(...lines: string[]): ReturnType<typeof parseTableConfig> {
  return parseTableConfig(['hoodie.table.name=t', 'hoodie.table.version=9', ...lines, ''].join('\n'), FILE)
}

test('the merge mode is what the writer says, else what the payload class means', () => {
  expect(config('hoodie.record.merge.mode=EVENT_TIME_ORDERING').mergeMode).toBe('event-time')
  expect(config('hoodie.record.merge.mode=COMMIT_TIME_ORDERING').mergeMode).toBe('commit-time')
  expect(config('hoodie.record.merge.mode=CUSTOM').mergeMode).toBe('custom')
  const payload = 'hoodie.compaction.payload.class=org.apache.hudi.common.model.'
  expect(config(`${payload}OverwriteWithLatestAvroPayload`).mergeMode).toBe('commit-time')
  expect(config(`${payload}DefaultHoodieRecordPayload`, 'hoodie.table.precombine.field=v').mergeMode).toBe('event-time')
  expect(config(`${payload}DefaultHoodieRecordPayload`).mergeMode).toBe('commit-time')
  expect(config(`${payload}PartialUpdateAvroPayload`)).toMatchObject({ mergeMode: 'custom' })
  expect(config('hoodie.compaction.payload.class=my.Payload').merger).toBe('my.Payload')
})

test('without a mode, the strategy counts since version 8, the payload class before', () => {
  const custom = 'hoodie.record.merge.strategy.id=11111111-2222-3333-4444-555555555555'
  expect(config(custom).mergeMode).toBe('custom')
  const payload = 'hoodie.compaction.payload.class=org.apache.hudi.common.model.OverwriteWithLatestAvroPayload'
  const byTime = 'hoodie.record.merge.strategy.id=eeb8d96f-b1e4-49fd-bbf8-28ac514178e5'
  const ordered = 'hoodie.table.precombine.field=v'
  expect(config(byTime, ordered, payload).mergeMode).toBe('event-time')
  const six = ['hoodie.table.name=t', 'hoodie.table.version=6', byTime, ordered, payload, ''].join('\n')
  expect(parseTableConfig(six, FILE).mergeMode).toBe('commit-time')
  expect(config('hoodie.compaction.payload.type=AWS_DMS_AVRO').mergeMode).toBe('custom')
  expect(config('hoodie.compaction.payload.type=OVERWRITE_LATEST_AVRO', ordered).mergeMode).toBe('commit-time')
})

test('the timeline has the layout of the table version', () => {
  expect(config().timelineLayout).toBe(2)
  expect(parseTableConfig('hoodie.table.name=t\nhoodie.table.version=6\n', FILE).timelineLayout).toBe(1)
})

test('key generators say whether a path holds the value of its column', () => {
  const fields = 'hoodie.table.partition.fields=region\\:SIMPLE,ms\\:TIMESTAMP'
  expect(config('hoodie.table.keygenerator.type=CUSTOM', fields).partitionFields).toEqual([
    { name: 'region', isIdentity: true },
    { name: 'ms', isIdentity: false },
  ])
  expect(
    config('hoodie.table.keygenerator.type=TIMESTAMP', 'hoodie.table.partition.fields=ms').partitionFields,
  ).toEqual([{ name: 'ms', isIdentity: false }])
})

test('folders of years, months and days are not the values of their column', () => {
  const dates = ['hoodie.table.keygenerator.type=SIMPLE', 'hoodie.table.partition.fields=day']
  expect(config(...dates).partitionFields).toEqual([{ name: 'day', isIdentity: true }])
  const slashed = 'hoodie.datasource.write.slash.separated.date.partitioning=true'
  expect(config(...dates, slashed).partitionFields).toEqual([{ name: 'day', isIdentity: false }])
})

test.each([
  ['hoodie.table.format=iceberg', 'the Hudi table format "iceberg" is not supported'],
  ['hoodie.table.version=7', 'Hudi table version 7 is not supported'],
  ['hoodie.table.version=10', 'Hudi table version 10 is not supported'],
  ['hoodie.bootstrap.base.path=/x', 'a bootstrapped Hudi table is not supported'],
])('%s is refused by name', (line, message) => {
  expect(() => config(line)).toThrow(message)
})

test('merging that logs cannot tell is known', () => {
  const unavailable = config('hoodie.table.partial.update.mode=FILL_UNAVAILABLE')
  expect(unavailable.refusedMerging).toContain('FILL_UNAVAILABLE')
  const defaults = config('hoodie.table.partial.update.mode=IGNORE_DEFAULTS')
  expect(defaults).toMatchObject({ refusedMerging: undefined, ignoresDefaults: defaults.version >= 9 })
  const property = 'hoodie.record.merge.property.hoodie.payload.delete.'
  expect(config(`${property}field=op`).refusedMerging).toContain('"op"')
  const marked = config(`${property}field=op`, `${property}marker=D`)
  expect(marked).toMatchObject({ refusedMerging: undefined, deleteMarker: { field: 'op', text: 'D' } })
  expect(config().refusedMerging).toBeUndefined()
})
