/** Options of CREATE and ALTER SEQUENCE to a definition, with PostgreSQL's defaults and checks (its init_params). */
import { type SequenceDefinition, type SequenceState, typeBounds } from '../../catalog/sequence.ts'
import { SqlError, type TextRange } from '../../core/errors.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import type { QualifiedName, SequenceNumber, SequenceOption } from '../../sql/ast.ts'

export interface ReadOptions {
  readonly definition: SequenceDefinition
  readonly state: SequenceState
  /** OWNED BY; null: NONE, undefined: not said. */
  readonly owner: QualifiedName | null | undefined
  /** SEQUENCE NAME, of identity columns. */
  readonly name: QualifiedName | undefined
  /** RESTART was said: what sessions have taken is void. */
  readonly restarts: boolean
}

interface Before {
  readonly definition: SequenceDefinition
  readonly state: SequenceState
}

type ByName = { readonly [K in SequenceOption['option']]?: Extract<SequenceOption, { option: K }> }

/** `before`: what is altered. `type`: of a sequence that is new, where AS says no other. */
export function readSequenceOptions(
  options: readonly SequenceOption[],
  { before, type: given = 'bigint' }: { readonly before?: Before; readonly type?: SequenceDefinition['type'] },
): ReadOptions {
  const said = byName(options) as {
    as?: Extract<SequenceOption, { option: 'as' }>
    increment?: Valued
    start?: Valued
    cache?: Valued
    restart?: Valued
    minvalue?: Valued
    maxvalue?: Valued
    cycle?: { readonly value: boolean }
    'owned-by'?: { readonly value: QualifiedName | null }
    name?: { readonly value: QualifiedName }
  }
  const old = before?.definition
  const type = said.as === undefined ? (old?.type ?? given) : sequenceType(said.as)
  const increment = numberOf(said.increment?.value) ?? old?.increment ?? 1n
  if (increment === 0n) throw invalid('INCREMENT must not be zero', said.increment)
  const { min, max } = boundsOf(said, { type, increment, old })
  if (min >= max) throw invalid(`MINVALUE (${min}) must be less than MAXVALUE (${max})`, said.minvalue ?? said.maxvalue)
  const start = numberOf(said.start?.value) ?? old?.start ?? (increment > 0n ? min : max)
  checkWithin('START', start, { min, max }, said.start)
  const cache = numberOf(said.cache?.value) ?? old?.cache ?? 1n
  if (cache <= 0n) throw invalid(`CACHE (${cache}) must be greater than zero`, said.cache)
  const restarts = said.restart !== undefined
  const state: SequenceState =
    before === undefined || restarts ? { last: numberOf(said.restart?.value) ?? start, isCalled: false } : before.state
  checkWithin('RESTART', state.last, { min, max }, said.restart)
  const cycle = said.cycle?.value ?? old?.cycle ?? false
  const definition = { type, start, increment, min, max, cache, cycle, owner: old?.owner ?? null }
  return { definition, state, restarts, owner: said['owned-by']?.value, name: said.name?.value }
}

interface Valued {
  readonly value: SequenceNumber | null
  readonly at: TextRange
}

function byName(options: readonly SequenceOption[]): ByName {
  const found: Record<string, SequenceOption> = {}
  for (const one of options) {
    if (found[one.option] !== undefined) {
      throw new SqlError('42601', 'conflicting or redundant options', { at: one.at })
    }
    found[one.option] = one
  }
  return found
}

function sequenceType({ type: name, at }: Extract<SequenceOption, { option: 'as' }>): SequenceDefinition['type'] {
  const { kind } = resolveTypeName(name)
  if (kind === 'smallint' || kind === 'integer' || kind === 'bigint') return kind
  throw new SqlError('22023', 'sequence type must be smallint, integer, or bigint', { at })
}

interface Kind {
  readonly type: SequenceDefinition['type']
  readonly increment: bigint
  readonly old: SequenceDefinition | undefined
}

function boundsOf(
  { minvalue, maxvalue }: { readonly minvalue?: Valued; readonly maxvalue?: Valued },
  { type, increment, old }: Kind,
): { readonly min: bigint; readonly max: bigint } {
  const own = typeBounds(type)
  const isUp = increment > 0n
  // Bounds that were those of the old type become those of the new one.
  const isOther = old !== undefined && old.type !== type
  const wasMax = isOther && old.max === typeBounds(old.type).max
  const wasMin = isOther && old.min === typeBounds(old.type).min
  const isMaxFree = old === undefined || maxvalue !== undefined || wasMax
  const max = numberOf(maxvalue?.value) ?? (isMaxFree ? (isUp || wasMax ? own.max : -1n) : old.max)
  const isMinFree = old === undefined || minvalue !== undefined || wasMin
  const min = numberOf(minvalue?.value) ?? (isMinFree ? (!isUp || wasMin ? own.min : 1n) : old.min)
  for (const [what, value, at] of [
    ['MAXVALUE', max, maxvalue],
    ['MINVALUE', min, minvalue],
  ] as const) {
    if (value >= own.min && value <= own.max) continue
    throw invalid(`${what} (${value}) is out of range for sequence data type ${type}`, at)
  }
  return { min, max }
}

function checkWithin(
  what: 'START' | 'RESTART',
  value: bigint,
  { min, max }: { readonly min: bigint; readonly max: bigint },
  option: Valued | undefined,
): void {
  if (value < min) throw invalid(`${what} value (${value}) cannot be less than MINVALUE (${min})`, option)
  if (value > max) throw invalid(`${what} value (${value}) cannot be greater than MAXVALUE (${max})`, option)
}

const BIGINT = typeBounds('bigint')

function numberOf(written: SequenceNumber | null | undefined): bigint | undefined {
  if (written === null || written === undefined) return undefined
  const { text, at } = written
  const number = /^-?\d{1,40}$/.test(text) ? BigInt(text) : undefined
  if (number === undefined) throw new SqlError('22P02', `invalid input syntax for type bigint: "${text}"`, { at })
  if (number < BIGINT.min || number > BIGINT.max) {
    throw new SqlError('22003', `value "${text}" is out of range for type bigint`, { at })
  }
  return number
}

function invalid(message: string, option: { readonly at: TextRange } | undefined): SqlError {
  return new SqlError('22023', message, { at: option?.at })
}
