/** Where columns come from: names, physical names and ids; partition values of every type. */
import { describe, expect, test } from 'vitest'
import { type DataType, decimal } from '../../../src/core/types.ts'
import { valueOfText } from '../../../src/table/delta/value-text.ts'
import { add, column, commitsOf, metadata, openLog, protocol, tasksOf } from './make-table.ts'

const mapped = (id: number, physicalName: string) => ({
  'delta.columnMapping.id': id,
  'delta.columnMapping.physicalName': physicalName,
})

describe('column mapping', () => {
  const fields = [
    column('id', 'integer', mapped(1, 'col-a')),
    column('s', { type: 'struct', fields: [column('x', 'long', mapped(3, 'col-x'))] }, mapped(2, 'col-s')),
  ]
  const open = (mode: string) =>
    openLog(
      commitsOf([
        [
          protocol(['columnMapping']),
          metadata(fields, { configuration: { 'delta.columnMapping.mode': mode } }),
          add('a'),
        ],
      ]),
    )

  test('by name', async () => {
    const [task] = await tasksOf(await open('name'))
    expect(task!.columns).toMatchObject([
      { kind: 'file', field: { names: ['col-a'] } },
      { kind: 'file', field: { names: ['col-s'], children: [{ names: ['col-x'] }] } },
    ])
    expect(task!.columns[0]).not.toHaveProperty('field.id')
  })

  test('by id: files without ids have none of the columns', async () => {
    const [task] = await tasksOf(await open('id'))
    expect(task!.columns).toMatchObject([
      { field: { id: 1, names: [] } },
      { field: { id: 2, names: [], children: [{ id: 3, names: [] }] } },
    ])
  })

  test('an unknown mode is refused', async () => {
    await expect(open('telepathy')).rejects.toMatchObject({ sqlstate: '0A000' })
  })

  test('the property counts only where the protocol has the feature', async () => {
    const configuration = { 'delta.columnMapping.mode': 'name' }
    const log = commitsOf([[protocol(), metadata([column('id', 'integer')], { configuration }), add('a')]])
    const [task] = await tasksOf(await openLog(log))
    expect(task!.columns).toMatchObject([{ field: { names: ['id'] } }])
  })
})

describe('types', () => {
  test('one that the engine has not is refused when its column is read', async () => {
    const log = commitsOf([
      [protocol(), metadata([column('id', 'integer'), column('g', 'geometry(OGC:CRS84)')]), add('a')],
    ])
    const table = await openLog(log)
    const id = table.schema.fields[0]!
    expect(await tasksOf(table, { columns: [{ name: 'id', type: id.type, fieldId: id.id! }] })).toHaveLength(1)
    await expect(tasksOf(table)).rejects.toMatchObject({
      sqlstate: '0A000',
      message: 'reading column "g" of Delta type geometry(OGC:CRS84) is not supported',
    })
  })

  test.each(['decimal(39,0)', 'decimal(5,6)'])('%s is damaged', async (type) => {
    await expect(openLog(commitsOf([[protocol(), metadata([column('d', type)])]]))).rejects.toMatchObject({
      sqlstate: 'XX001',
    })
  })
})

describe('partition values', () => {
  const partition = async (type: string, text: string | null) => {
    const fields = [column('id', 'integer'), column('p', type)]
    const log = commitsOf([
      [protocol(), metadata(fields, { partitionBy: ['p'] }), add('a', { partitionValues: { p: text } })],
    ])
    const [task] = await tasksOf(await openLog(log))
    const source = task!.columns[1]!
    return source.kind === 'constant' ? source.value : undefined
  }

  test.each([
    ['string', 'a=b/c%20', 'a=b/c%20'],
    ['string', '', null],
    ['string', null, null],
    ['integer', '', null],
    ['integer', '-7', -7],
    ['long', '9007199254740993', 9_007_199_254_740_993n],
    ['byte', '-128', -128],
    ['boolean', 'true', true],
    ['float', '0.1', Math.fround(0.1)],
    ['double', '-Infinity', -Infinity],
    ['double', 'NaN', Number.NaN],
    ['decimal(18,4)', '-99999999999999.9999', -999_999_999_999_999_999n],
    ['decimal(10,4)', '1', 10_000n],
    ['date', '0001-01-01', -719_162],
    ['timestamp', '1970-01-01 00:00:00', 0n],
    ['timestamp', '1970-01-01T00:00:01.000001Z', 1_000_001n],
    ['timestamp', '1970-01-01T02:00:00+02:00', 0n],
    ['timestamp_ntz', '1969-12-31 23:59:59.999999', -1n],
    ['binary', 'ab', new Uint8Array([97, 98])],
  ])('%s %j', async (type, text, value) => {
    expect(await partition(type, text)).toEqual(value)
  })

  test.each([
    ['integer', '2147483648'],
    ['integer', '1.5'],
    ['date', '2024-02-30'],
    ['timestamp', 'yesterday'],
    ['decimal(4,1)', '1.25'],
    ['decimal(4,1)', '12345'],
  ])('%s %j is damaged', async (type, text) => {
    await expect(partition(type, text)).rejects.toMatchObject({ sqlstate: 'XX001' })
  })

  test('a column that the file does not name is NULL', async () => {
    const log = commitsOf([[protocol(), metadata([column('p', 'string')], { partitionBy: ['p'] }), add('a')]])
    expect((await tasksOf(await openLog(log)))[0]!.columns).toMatchObject([{ kind: 'constant', value: null }])
  })

  test('a text of digits without end is no decimal', () => {
    const type: DataType = decimal(38, 0)
    expect(valueOfText('1e999999', type)).toBeUndefined()
    expect(valueOfText('9'.repeat(100_000), type)).toBeUndefined()
  })
})
