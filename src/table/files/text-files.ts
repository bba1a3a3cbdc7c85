/**
 * How the text files of a table are to be read: found out from the beginning of the first ones, or of all where each has columns of its own.
 */
import { type Field, JSON_TEXT } from '../../core/types.ts'
import type { CsvLayout } from '../../format/csv/layout.ts'
import type { CsvOptions } from '../../format/csv/options.ts'
import { type SniffedCsv, sniffCsv } from '../../format/csv/sniff.ts'
import type { TextLayout } from '../../format/format.ts'
import { commonJsonType } from '../../format/json/common-type.ts'
import type { JsonLayout } from '../../format/json/layout.ts'
import type { JsonOptions } from '../../format/json/options.ts'
import { sniffJson } from '../../format/json/sniff.ts'
import { commonTextType, settledType } from '../../format/text/common-type.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { ListedFile } from './data-files.ts'
import { compressionOf, sampleFiles } from './text-sample.ts'

/** Files that types are guessed from. */
const FILES_SNIFFED = 10

export interface TextFiles {
  readonly fields: readonly Field[]
  /** One a file. */
  readonly layouts: readonly TextLayout[]
  /** Bytes of a row, about. */
  readonly rowBytes: number
}

/** Looks at the files' beginnings; with `unionByName` each has columns of its own. Errors: 58P01; 42601 and 42703 for options that do not fit. */
export async function describeCsvFiles(
  access: StorageAccess,
  files: readonly ListedFile[],
  { csv, unionByName }: { readonly csv: CsvOptions; readonly unionByName: boolean },
): Promise<TextFiles> {
  const first = unionByName ? files : files.slice(0, FILES_SNIFFED)
  const sniffed = await sampleFiles(access, first, csv, (sample) => sniffCsv(sample, csv))
  const settled = unionByName ? byName(sniffed) : byPlace(sniffed)
  const layouts = files.map((file, i) => {
    const layout = unionByName ? settled.layouts[i]! : settled.layouts[0]!
    return { ...layout, compression: csv.compression ?? compressionOf(file.url) }
  })
  return { fields: settled.fields, layouts, rowBytes: averageRow(sniffed) }
}

/** Looks at the files' beginnings. Members go by name; those that no file looked at has are no columns. */
export async function describeJsonFiles(
  access: StorageAccess,
  files: readonly ListedFile[],
  { json, unionByName }: { readonly json: JsonOptions; readonly unionByName: boolean },
): Promise<TextFiles> {
  const first = unionByName ? files : files.slice(0, FILES_SNIFFED)
  const sniffed = await sampleFiles(access, first, json, (sample) => sniffJson(sample, json))
  const merged = new Map<string, Field>()
  for (const { layout } of sniffed) {
    for (const { name, type } of layout.columns) {
      const known = merged.get(name)
      merged.set(name, { name, type: known === undefined ? type : commonJsonType(known.type, type), nullable: true })
    }
  }
  const fields = [...merged.values()].map((field) =>
    field.type.kind === 'null' ? { ...field, type: JSON_TEXT } : field,
  )
  const isPlain = sniffed.every(({ layout }) => layout.isPlain)
  const layouts = files.map((file, i): JsonLayout => {
    const { layout } = sniffed[i] ?? sniffed[0]!
    return { ...layout, isPlain, columns: fields, compression: json.compression ?? compressionOf(file.url) }
  })
  return { fields, layouts, rowBytes: averageRow(sniffed) }
}

function averageRow(sniffed: readonly { readonly rowBytes: number }[]): number {
  return sniffed.reduce((sum, { rowBytes }) => sum + rowBytes, 0) / Math.max(1, sniffed.length)
}

interface Settled {
  readonly fields: readonly Field[]
  readonly layouts: readonly CsvLayout[]
}

/** One layout for all files: that of the first, with types that hold what is in the others. */
function byPlace(sniffed: readonly SniffedCsv[]): Settled {
  const [first, ...others] = sniffed.map(({ layout }) => layout)
  const columns = first!.columns.map(({ name, type }, i) => {
    const types = others.map((layout) => layout.columns[i]?.type ?? type)
    return { name, type: settledType(types.reduce((all, other) => commonTextType(all, other), type)) }
  })
  return { fields: columns.map((column) => ({ ...column, nullable: true })), layouts: [{ ...first!, columns }] }
}

/** The columns of all files by name, in the order in which they first occur. */
function byName(sniffed: readonly SniffedCsv[]): Settled {
  const merged = new Map<string, Field>()
  for (const { layout } of sniffed) {
    for (const { name, type } of layout.columns) {
      const key = name.toLowerCase()
      const known = merged.get(key)
      merged.set(
        key,
        known === undefined ? { name, type, nullable: true } : { ...known, type: commonTextType(known.type, type) },
      )
    }
  }
  const fields = [...merged.values()].map((field) => ({ ...field, type: settledType(field.type) }))
  const types = new Map(fields.map(({ name, type }) => [name.toLowerCase(), type]))
  const layouts = sniffed.map(({ layout }) => ({
    ...layout,
    columns: layout.columns.map(({ name }) => ({ name, type: types.get(name.toLowerCase())! })),
  }))
  return { fields, layouts }
}
