/**
 * Sequences that columns bring with them: `serial` and GENERATED ... AS IDENTITY.
 *
 *     id serial        id integer NOT NULL DEFAULT nextval('main.t_id_seq'::regclass), and a sequence t_id_seq owned by it
 *     id ... IDENTITY  the same, and the table knows that the column is one (`TableRules.identities`)
 */
import type { Catalog } from '../../catalog/catalog.ts'
import type { SequenceDefinition, SequenceState, SequenceStore } from '../../catalog/sequence.ts'
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import type { ColumnDefinition, QualifiedName } from '../../sql/ast.ts'
import type { TableAlteration } from '../../table/alteration.ts'
import type { ResolvedName } from '../names.ts'
import { parseExpression } from '../../sql/parse-expression.ts'
import { SERIALS, bringsSequence } from './brings-sequence.ts'
import { nextvalText } from './default-text.ts'
import { readSequenceOptions } from './sequence-options.ts'

interface NewSequence {
  readonly name: string
  readonly definition: SequenceDefinition
  readonly state: SequenceState
}

export interface WithSequences {
  /** The columns with types and defaults that tables know. */
  readonly columns: readonly ColumnDefinition[]
  /** What the table must know of identities. */
  readonly rules: readonly TableAlteration[]
  /** Makes the sequences; to be called before the table is made. */
  create(): void
  /** Takes them away again. */
  undo(): void
}

/** The columns of a new table, or one that is added. */
export async function withSequences(
  { catalog, schema, table }: ResolvedName,
  columns: readonly ColumnDefinition[],
): Promise<WithSequences> {
  const store = await catalog.sequences?.()
  if (store === undefined) throw unsupported(`a sequence in catalog "${catalog.name}"`)
  const made: NewSequence[] = []
  const rules: TableAlteration[] = []
  const changed: ColumnDefinition[] = []
  for (const column of columns) {
    if (!bringsSequence(column)) {
      changed.push(column)
      continue
    }
    checkPlain(column, table)
    const name = await freeName({ catalog, store, schema }, column, table, made)
    const kind = SERIALS[column.type?.name ?? ''] ?? identityType(column)
    const options = column.identity?.options ?? []
    const { definition, state } = readSequenceOptions(options, { type: kind })
    const owner = { table, column: column.name.name, isIdentity: column.identity !== undefined }
    made.push({ name, definition: { ...definition, owner }, state })
    const text = nextvalText(catalog, schema, name)
    const type = { ...column.type!, name: kind }
    changed.push({ ...column, type, notNull: true, default: parseExpression(text), defaultText: text })
    if (column.identity === undefined) continue
    rules.push({ kind: 'set-identity', column: column.name.name, always: column.identity.always })
  }
  const done: string[] = []
  return {
    columns: changed,
    rules,
    create() {
      for (const { name, definition, state } of made) {
        store.create(schema, name, definition, state)
        done.push(name)
      }
    },
    undo() {
      for (const name of done) {
        const sequence = store.find(schema, name)
        if (sequence !== undefined) store.drop(sequence)
      }
    },
  }
}

function checkPlain({ name, default: value, identity, type, at }: ColumnDefinition, table: string): void {
  const isSerial = type !== null && Object.hasOwn(SERIALS, type.name)
  if (identity !== undefined && (value !== null || isSerial)) {
    const message = `both default and identity specified for column "${name.name}" of table "${table}"`
    throw new SqlError('42601', message, { at })
  }
  if (isSerial && value !== null) {
    throw new SqlError('42601', `multiple default values specified for column "${name.name}" of table "${table}"`, {
      at,
    })
  }
}

function identityType({ type, at }: ColumnDefinition): SequenceDefinition['type'] {
  const kind = type === null ? undefined : resolveTypeName(type).kind
  if (kind === 'smallint' || kind === 'integer' || kind === 'bigint') return kind
  throw new SqlError('22023', 'identity column type must be smallint, integer, or bigint', { at })
}

interface Place {
  readonly catalog: Catalog
  readonly store: SequenceStore
  readonly schema: string
}

/** `table_column_seq`, or the first free one of `table_column_seq1`, ... */
async function freeName(
  place: Place,
  { name, identity }: ColumnDefinition,
  table: string,
  made: readonly NewSequence[],
): Promise<string> {
  const said = identity?.options.find((one) => one.option === 'name')
  if (said !== undefined) return inSchema(said.value, place.schema, said.at)
  const base = `${table}_${name.name}_seq`
  for (let n = 0; ; n++) {
    const candidate = n === 0 ? base : `${base}${n}`
    const isTaken =
      made.some((one) => one.name === candidate) ||
      place.store.find(place.schema, candidate) !== undefined ||
      (await place.catalog.table(place.schema, candidate).catch(() => true)) !== undefined
    if (!isTaken) return candidate
  }
}

function inSchema({ parts }: QualifiedName, schema: string, at: TextRange): string {
  const [name, given] = parts.toReversed()
  if (given === undefined || given.name === schema) return name!.name
  throw unsupported('the sequence of an identity column in another schema', { at })
}
