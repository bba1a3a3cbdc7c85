import { describe, expect, test } from 'vitest'
import type { ScanTask } from '../../../src/table/table.ts'
import { type MadeFile, type MadeManifest, makeTable, tasksOf } from './make-table.ts'

const fields = [
  { id: 1, name: 'id', required: false, type: 'long' },
  { id: 2, name: 'city', required: false, type: 'string' },
]

const data = (sequence: bigint, path: string, partition = {}): MadeFile => ({
  path,
  sequence,
  partition,
})
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** `data file: kind(delete files) ...` for each task. */
function summary(tasks: readonly ScanTask[]): string[] {
  return tasks.map(({ file, deletes }) => {
    const parts = deletes.map((filter) => {
      if (filter.kind === 'position-file') return `pos(${filter.file.url})`
      if (filter.kind === 'equality')
        return `eq[${filter.keys.map(({ id }) => id).join()}](${filter.files
          .slice(filter.from)
          .map(({ url }) => url)
          .join()})`
      return 'rows'
    })
    return [file.url, ...parts].join(' ')
  })
}

async function plan(
  manifests: readonly MadeManifest[],
  specs?: { 'spec-id': number; fields: object[] }[],
): Promise<string[]> {
  const { table } = await makeTable({
    fields,
    manifests,
    ...(specs === undefined ? {} : { specs: specs as never }),
  })
  return summary(await tasksOf(table))
}

describe('sequence numbers', () => {
  const files = [data(1n, 'd1'), data(2n, 'd2'), data(3n, 'd3')].map((file) => ({
    ...file,
    status: 0 as const,
  }))
  const of = (content: 1 | 2): MadeManifest => ({
    sequence: 2n,
    deletes: true,
    files: [{ path: 'x', content, sequence: null, ...(content === 2 ? { equalityIds: [1] } : {}) }],
  })

  test('position deletes apply to data of their own sequence and before', async () => {
    expect(await plan([{ sequence: 3n, files }, of(1)])).toEqual(['d1 pos(x)', 'd2 pos(x)', 'd3'])
  })

  test('equality deletes apply to data strictly before', async () => {
    expect(await plan([{ sequence: 3n, files }, of(2)])).toEqual(['d1 eq[1](x)', 'd2', 'd3'])
  })

  test('a later equality delete applies beside the earlier ones, and filters are shared', async () => {
    const later: MadeManifest = {
      sequence: 3n,
      deletes: true,
      files: [{ path: 'y', content: 2, equalityIds: [1] }],
    }
    const { table } = await makeTable({
      fields,
      manifests: [{ sequence: 3n, files: [...files, { ...data(1n, 'd4'), status: 0 }] }, of(2), later],
    })
    const tasks = await tasksOf(table)
    expect(summary(tasks)).toEqual(['d1 eq[1](x,y)', 'd2 eq[1](y)', 'd3', 'd4 eq[1](x,y)'])
    expect(tasks[0]!.deletes[0]).toBe(tasks[3]!.deletes[0])
    const [first, second] = tasks.flatMap(({ deletes }) => (deletes[0]?.kind === 'equality' ? [deletes[0]] : []))
    expect(first!.files).toBe(second!.files)
  })

  test('an added entry without a number has that of its manifest; an existing one must have its own', async () => {
    const added: MadeManifest = { sequence: 2n, files: [{ path: 'd', sequence: null }] }
    expect(await plan([added, of(1)])).toEqual(['d pos(x)'])
    expect(await plan([added, of(2)])).toEqual(['d'])
    const broken: MadeManifest = { sequence: 2n, files: [{ path: 'd', status: 0, sequence: null }] }
    await expect(plan([broken])).rejects.toThrow('no sequence number')
    // All of version 1 has sequence number 0, carried over manifests of upgraded tables too.
    expect(await plan([{ sequence: 0n, files: [{ path: 'd', status: 0, sequence: null }] }, of(2)])).toEqual([
      'd eq[1](x)',
    ])
  })

  test('deleted entries are gone', async () => {
    expect(await plan([{ sequence: 3n, files: [{ path: 'd', status: 2, sequence: 1n }, data(1n, 'e')] }])).toEqual([
      'e',
    ])
  })
})

describe('scope', () => {
  const specs = [
    {
      'spec-id': 0,
      fields: [{ name: 'city', transform: 'identity', 'source-id': 2, 'field-id': 1000 }],
    },
    { 'spec-id': 1, fields: [] },
    {
      'spec-id': 2,
      fields: [{ name: 'city', transform: 'void', 'source-id': 2, 'field-id': 1000 }],
    },
  ]
  const partition = [{ name: 'city', type: ['null', 'string'], default: null, 'field-id': 1000 }]
  const inCity = (path: string, city: string | null, more: Partial<MadeFile> = {}): MadeFile => ({
    path,
    partition: { city },
    ...more,
  })
  const cities: MadeManifest = {
    sequence: 1n,
    partition,
    files: [inCity('oslo', 'Oslo'), inCity('rome', 'Rome'), inCity('none', null), inCity('text', 'null')],
  }
  const flat: MadeManifest = { sequence: 1n, specId: 1, files: [{ path: 'flat' }] }

  test('deletes of a partition leave other partitions and specs alone; NULL is not the text null', async () => {
    for (const [content, shown] of [
      [1, 'pos(x)'],
      [2, 'eq[2](x)'],
    ] as const) {
      const deletes: MadeManifest = {
        sequence: 5n,
        deletes: true,
        partition,
        files: [inCity('x', null, { content, equalityIds: [2] })],
      }
      expect(await plan([cities, flat, deletes], specs)).toEqual(['oslo', 'rome', `none ${shown}`, 'text', 'flat'])
    }
  })

  test('equality deletes of an unpartitioned spec apply everywhere, position deletes to their spec', async () => {
    const of = (content: 1 | 2, specId: number): MadeManifest => ({
      sequence: 5n,
      deletes: true,
      specId,
      ...(specId === 2 ? { partition } : {}),
      files: [
        specId === 2 ? inCity('x', null, { content, equalityIds: [1] }) : { path: 'x', content, equalityIds: [1] },
      ],
    })
    const everywhere = ['oslo eq[1](x)', 'rome eq[1](x)', 'none eq[1](x)', 'text eq[1](x)', 'flat eq[1](x)']
    expect(await plan([cities, flat, of(2, 1)], specs)).toEqual(everywhere)
    expect(await plan([cities, flat, of(2, 2)], specs)).toEqual(everywhere)
    expect(await plan([cities, flat, of(1, 1)], specs)).toEqual(['oslo', 'rome', 'none', 'text', 'flat pos(x)'])
  })

  test('position deletes that name one file apply to no other', async () => {
    const named: MadeManifest = {
      sequence: 5n,
      deletes: true,
      partition,
      files: [inCity('x', 'Oslo', { content: 1, referencedDataFile: 'oslo2' })],
    }
    const bounded: MadeManifest = {
      sequence: 5n,
      deletes: true,
      partition,
      files: [
        inCity('y', 'Oslo', {
          content: 1,
          lower: { 2147483546: text('oslo1') },
          upper: { 2147483546: text('oslo3') },
        }),
      ],
    }
    const files = ['oslo', 'oslo1', 'oslo2', 'oslo3', 'oslo4'].map((path) => inCity(path, 'Oslo'))
    expect(await plan([{ sequence: 1n, partition, files }, named, bounded], specs)).toEqual([
      'oslo',
      'oslo1 pos(y)',
      'oslo2 pos(x) pos(y)',
      'oslo3 pos(y)',
      'oslo4',
    ])
  })

  test('several sets of key fields on one data file stay apart', async () => {
    const deletes: MadeManifest = {
      sequence: 5n,
      deletes: true,
      specId: 1,
      files: [
        { path: 'a', content: 2, equalityIds: [2, 1] },
        { path: 'b', content: 2, equalityIds: [1] },
        { path: 'c', content: 2, equalityIds: [1, 2] },
      ],
    }
    expect(await plan([flat, deletes], specs)).toEqual(['flat eq[1,2](a,c) eq[1](b)'])
  })
})

describe('refused rather than ignored', () => {
  const one: MadeManifest = { sequence: 1n, files: [{ path: 'd' }] }
  const deletes = (file: Partial<MadeFile>): MadeManifest => ({
    sequence: 2n,
    deletes: true,
    files: [{ path: 'x', content: 2, equalityIds: [1], ...file }],
  })

  test.each<[Partial<MadeFile>, string]>([
    [{ format: 'CSV' }, 'an Iceberg delete file in CSV format is not supported'],
    [{ format: 'CSV', content: 1 }, 'an Iceberg delete file in CSV format is not supported'],
    [{ equalityIds: [] }, 'no key fields'],
    [{ equalityIds: [77] }, 'an equality delete by the unknown field 77 is not supported'],
    [{ content: 1, format: 'PUFFIN' }, 'a deletion vector names no data file'],
    [{ content: 1, format: 'PUFFIN', referencedDataFile: 'd' }, 'a deletion vector has no place in its file'],
  ])('delete file %#', async (file, message) => {
    await expect(plan([one, deletes(file)])).rejects.toThrow(message)
  })

  test('data files of other formats', async () => {
    await expect(plan([{ sequence: 1n, files: [{ path: 'd', format: 'CSV' }] }])).rejects.toThrow(
      'an Iceberg data file in CSV format is not supported',
    )
  })
})
