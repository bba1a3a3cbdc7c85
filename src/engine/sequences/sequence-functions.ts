/** nextval, currval, setval and lastval. They take a name as text (`'s'`, `'schema.s'::regclass`) or the number of a relation. */
import type { Sequence } from '../../catalog/sequence.ts'
import { SqlError } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, type DataType, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { UserFunction } from '../../plan/bind/user-function.ts'
import type { Session } from '../session.ts'
import { systemEntry } from '../system/define-system-function.ts'
import { nameParts } from '../system/find-objects.ts'
import { relationNumber } from '../system/object-numbers.ts'
import { type OpenedSequences, openSequences } from './find-sequences.ts'
import { SessionSequences } from './session-sequences.ts'

const REGCLASS: DataType = { kind: 'uinteger', as: 'regclass' }

type Run = (values: SessionSequences, sequence: Sequence, rest: readonly LiteralValue[]) => bigint

interface Definition {
  /** Behind the sequence. */
  readonly parameters: readonly (readonly DataType[])[]
  readonly writes: boolean
  readonly run: Run
}

const FUNCTIONS: Readonly<Record<string, Definition>> = {
  nextval: { parameters: [[]], writes: true, run: (values, sequence) => values.next(sequence) },
  currval: { parameters: [[]], writes: false, run: (values, sequence) => values.current(sequence) },
  setval: {
    parameters: [[BIGINT], [BIGINT, BOOLEAN]],
    writes: true,
    run(values, sequence, [value, isCalled = true]) {
      values.set(sequence, value as bigint, isCalled === true)
      return value as bigint
    },
  },
}

/** None for other names. */
export async function sequenceFunctions(session: Session, name: string): Promise<readonly UserFunction[]> {
  if (name === 'lastval') {
    const values = (): SessionSequences => (session.sequences ??= new SessionSequences())
    return [functionOf(name, [], () => values().last())]
  }
  const definition = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (definition === undefined) return []
  const opened = await openSequences(session.names)
  const schemas = (await session.names.catalogs.get(session.currentCatalog)?.schemas()) ?? []
  const byNumber = (number: bigint): Sequence => sequenceOf(opened, schemas, number)
  const byName = (text: string): Sequence => {
    return /^\d+$/.test(text) ? byNumber(BigInt(text)) : opened.named(text, nameParts(text))
  }
  const run = ([given, ...rest]: readonly LiteralValue[]): bigint => {
    if (definition.writes && session.transaction?.isReadOnly === true) {
      throw new SqlError('25006', `cannot execute ${name}() in a read-only transaction`)
    }
    const sequence = typeof given === 'string' ? byName(given) : byNumber(BigInt(given as bigint | number))
    return definition.run((session.sequences ??= new SessionSequences()), sequence, rest)
  }
  return definition.parameters.flatMap((rest) =>
    [VARCHAR, REGCLASS].map((type) => functionOf(name, [type, ...rest], run)),
  )
}

function sequenceOf(opened: OpenedSequences, schemas: readonly string[], number: bigint): Sequence {
  for (const [schema, sequence] of opened.all(schemas)) {
    if (BigInt(relationNumber(schema, sequence.name)) === number) return sequence
  }
  throw new SqlError('42P01', `could not open relation with OID ${number}`)
}

function functionOf(
  name: string,
  types: readonly DataType[],
  run: (args: readonly LiteralValue[]) => bigint,
): UserFunction {
  return {
    name,
    parameters: types.map((type) => ({ name: null, type, keepsDigits: false, default: null })),
    strict: true,
    returns: { kind: 'value', type: BIGINT, keepsDigits: false },
    body: { kind: 'code', entry: () => systemEntry(name, run, { isVolatile: true }) },
  }
}
