/**
 * What a Lance manifest says more than once, compared: a manifest has no checksum.
 *
 *   fields         ids and names occur once, parents are there
 *   data files     a field lies in one file of a fragment, once
 *   transaction    where the manifest's file has the transaction that made the version, and that wrote the table's schema (Overwrite, Merge): the same
 *                  schema, and of an overwritten table the same files
 *
 * Spec: lance-format protos/transaction.proto, protos/table.proto (`transaction_section`).
 */
import { corrupt } from '../../core/errors.ts'
import { type LanceField, readLanceField } from '../../format/lance/schema.ts'
import { ProtobufReader } from '../../format/protobuf.ts'
import type { LanceDataFileRef, LanceFragment } from './manifest.ts'

const OVERWRITE = 102
const MERGE = 105

export interface ManifestParts {
  readonly fields: readonly LanceField[]
  readonly fragments: readonly LanceFragment[]
}

/** XX001 where fields contradict each other, or fragments do. */
export function assertManifestWhole({ fields, fragments }: ManifestParts, url: string): void {
  const byId = new Map(fields.map((field) => [field.id, field]))
  if (byId.size < fields.length) throw corrupt(url, 'two fields have the same id')
  const names = new Set<string>()
  for (const { id, name, parentId } of fields) {
    if (id < 0) throw corrupt(url, `field "${name}" has the id ${id}`)
    if (parentId !== -1 && !byId.has(parentId)) throw corrupt(url, `field "${name}" lies in a field that is not there`)
    const path = `${parentId}:${name}`
    if (names.has(path)) throw corrupt(url, `two fields have the name "${name}"`)
    names.add(path)
  }
  for (const { id, files } of fragments) {
    const found = new Set<number>()
    for (const { path, fields: ids } of files) {
      if (path === '') throw corrupt(url, `fragment ${id}: a data file without a path`)
      for (const field of ids) {
        if (found.has(field)) throw corrupt(url, `fragment ${id}: field ${field} lies in it twice`)
        // Negative ones are no longer of the dataset.
        if (field >= 0) found.add(field)
      }
    }
  }
}

/** XX001 where the manifest differs from the transaction that made it, as far as that says what the manifest does. */
export function assertMadeBy(
  transaction: ProtobufReader,
  manifest: ManifestParts,
  url: string,
  readFragment: (message: ProtobufReader) => LanceFragment,
): void {
  while (transaction.next()) {
    const kind = transaction.field
    if (kind !== OVERWRITE && kind !== MERGE) continue
    const fields: LanceField[] = []
    const fragments: LanceFragment[] = []
    for (const operation = transaction.message(); operation.next();) {
      if (operation.field === 1) fragments.push(readFragment(operation.message()))
      else if (operation.field === 2) fields.push(readLanceField(operation.message()))
    }
    if (textOfFields(fields) !== textOfFields(manifest.fields)) {
      throw corrupt(url, 'the schema is not that of the transaction that made this version')
    }
    if (kind === OVERWRITE && textOfFiles(fragments) !== textOfFiles(manifest.fragments)) {
      throw corrupt(url, 'the data files are not those of the transaction that made this version')
    }
  }
}

/** Places of dictionaries and notes are left out: not every writer repeats them. */
function textOfFields(fields: readonly LanceField[]): string {
  return JSON.stringify(
    fields.map(({ id, parentId, name, logicalType, nullable }) => [id, parentId, name, logicalType, nullable]),
  )
}

function textOfFiles(fragments: readonly LanceFragment[]): string {
  const of = ({ path, fields, byteCount }: LanceDataFileRef): unknown => [path, fields, byteCount]
  return JSON.stringify(fragments.map(({ files, physicalRows }) => [physicalRows, files.map(of)]))
}
