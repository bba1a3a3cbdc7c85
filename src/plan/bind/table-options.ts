/**
 * What `FROM t` with a hint `OPTIONS('key'='value', ...)` asks for, with the keys of Flink's and Spark's readers of Paimon, Iceberg and Hudi: a version of the
 * table, or what changed between two.
 *
 * An option that would change the rows and is not known is refused: to pass over it would give other rows than were asked for.
 */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { CHANGE_MODES, type ChangeMode, type ChangesRequest } from '../../table/changes.ts'
import type { VersionSpec } from '../../table/table.ts'

export interface TableOptions {
  readonly travel: VersionSpec | null
  readonly changes: ChangesRequest | null
}

/** Options that say how, not what. */
const HOW: ReadonlySet<string> = new Set([
  'scan.parallelism',
  'scan.infer-parallelism',
  'scan.infer-parallelism.max',
  'scan.manifest.parallelism',
  'scan.split-enumerator.batch-size',
  'scan.max-splits-per-task',
  'source.split.target-size',
  'source.split.open-file-cost',
  'split-size',
  'split-lookback',
  'split-file-open-cost',
  'read.batch-size',
])

/** Milliseconds, or the text of a time. */
type ToMicros = (text: string) => bigint

/** 42601 for a hint that is no list of options, 22023 for wrong values, 0A000 for options that are not known. */
export function readTableOptions(hint: string, at: TextRange, toMicros: ToMicros): TableOptions {
  const options = new Options(parseHint(hint, at), at)
  const changes = changesOf(options, toMicros)
  const travel = versionOf(options, toMicros)
  checkScanMode(options, { travel, changes })
  const [unknown] = options.unused()
  if (unknown !== undefined) throw unsupported(`table option "${unknown}"`, { at })
  if (travel !== null && changes !== null) throw wrong('a version and a range of versions', at)
  return { travel, changes }
}

class Options {
  readonly at: TextRange
  readonly #values: Map<string, string>

  constructor(values: Map<string, string>, at: TextRange) {
    this.#values = values
    this.at = at
    for (const key of HOW) values.delete(key)
  }

  take(key: string): string | undefined {
    const value = this.#values.get(key)
    this.#values.delete(key)
    return value
  }

  unused(): readonly string[] {
    return [...this.#values.keys()]
  }
}

function versionOf(options: Options, toMicros: ToMicros): VersionSpec | null {
  const { at } = options
  const found: VersionSpec[] = []
  for (const key of ['scan.snapshot-id', 'snapshot-id']) {
    const id = options.take(key)
    if (id !== undefined) found.push({ kind: 'version', value: integer(key, id, at) })
  }
  for (const key of ['scan.tag-name', 'tag', 'branch']) {
    const name = options.take(key)
    if (name !== undefined) found.push({ kind: 'version', value: name })
  }
  const version = options.take('scan.version')
  if (version !== undefined) {
    found.push({ kind: 'version', value: /^\d+$/.test(version) ? integer('scan.version', version, at) : version })
  }
  for (const key of ['scan.timestamp-millis', 'scan.timestamp', 'as-of-timestamp']) {
    const time = options.take(key)
    if (time !== undefined) found.push({ kind: 'timestamp', micros: toMicros(time) })
  }
  const instant = options.take('as.of.instant')
  if (instant !== undefined) found.push({ kind: 'timestamp', micros: toMicros(instantText(instant)) })
  if (found.length > 1) throw wrong('two versions', at)
  return found[0] ?? null
}

/** Hudi's instants, `yyyyMMddHHmmss[SSS]`, as the text of a time in UTC; other texts as they are. */
function instantText(text: string): string {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(text.trim())
  if (match === null) return text
  const [, year, month, day, hour, minute, second, millis = '000'] = match
  return `${year}-${month}-${day} ${hour}:${minute}:${second}.${millis}+00`
}

/** Hudi's incremental query: what commits behind an instant, up to another one, wrote. */
function hudiChangesOf(options: Options): ChangesRequest | null {
  const { at } = options
  const type = options.take('hoodie.datasource.query.type')?.toLowerCase()
  const format = options.take('hoodie.datasource.query.incremental.format')?.toLowerCase() ?? 'latest_state'
  const begin = options.take('hoodie.datasource.read.begin.instanttime') ?? options.take('read.start-commit')
  const end = options.take('hoodie.datasource.read.end.instanttime') ?? options.take('read.end-commit')
  if (type === 'read_optimized') {
    throw unsupported(`table option "hoodie.datasource.query.type" = 'read_optimized'`, { at, hint: 'Read "t$ro".' })
  }
  if (type !== undefined && type !== 'snapshot' && type !== 'incremental') {
    throw new SqlError('22023', `unknown query type "${type}"`, { at })
  }
  const isIncremental = type === 'incremental' || (type === undefined && begin !== undefined)
  if (!isIncremental && (begin ?? end) !== undefined) throw wrong('a snapshot and a range of commits', at)
  if (!isIncremental) return null
  if (format !== 'latest_state') {
    throw unsupported(`table option "hoodie.datasource.query.incremental.format" = '${format}'`, {
      at,
      hint: `table_changes(..., mode => 'cdc') gives changes.`,
    })
  }
  if (begin === undefined) throw new SqlError('22023', 'an incremental query begins at an instant', { at })
  const spec = (text: string): VersionSpec => ({ kind: 'version', value: text.trim() })
  const isFromStart = /^(?:0+|earliest)$/i.test(begin.trim())
  return {
    from: isFromStart ? null : spec(begin),
    to: end === undefined ? null : spec(end),
    mode: 'incremental',
    net: false,
    identifierColumns: [],
    asRows: true,
  }
}

function changesOf(options: Options, toMicros: ToMicros): ChangesRequest | null {
  const { at } = options
  const hudi = hudiChangesOf(options)
  const mode = options.take('incremental-between-scan-mode')
  const between = options.take('incremental-between')
  const betweenTimes = options.take('incremental-between-timestamp')
  if (between !== undefined && betweenTimes !== undefined) throw wrong('two ranges', at)
  if (between === undefined && betweenTimes === undefined) return hudi
  if (hudi !== null) throw wrong('two ranges', at)
  const [from, to, ...others] = (between ?? betweenTimes)!.split(',').map((part) => part.trim())
  if (from === undefined || to === undefined || from === '' || to === '' || others.length > 0) {
    throw new SqlError('22023', 'a range of versions is two of them with a comma between', { at })
  }
  const spec = (text: string): VersionSpec => {
    if (between === undefined) return { kind: 'timestamp', micros: toMicros(text) }
    return { kind: 'version', value: /^\d{1,18}$/.test(text) ? BigInt(text) : text }
  }
  return {
    from: spec(from),
    to: spec(to),
    mode: mode === undefined ? 'auto' : modeOf(mode, at),
    net: false,
    identifierColumns: [],
    asRows: true,
  }
}

/** The mode only says again what the other options say; those of endless reading are STREAM's. */
function checkScanMode(options: Options, { travel, changes }: TableOptions): void {
  const mode = options.take('scan.mode')?.toLowerCase()
  if (mode === undefined) return
  const isPlain = ['default', 'latest-full', 'full', 'latest'].includes(mode) && travel === null && changes === null
  const isVersion =
    ['from-snapshot', 'from-snapshot-full', 'from-timestamp', 'default'].includes(mode) && travel !== null
  const isRange = ['incremental', 'default'].includes(mode) && changes !== null
  if (isPlain || isVersion || isRange) return
  throw unsupported(`table option "scan.mode" = '${mode}' here`, {
    at: options.at,
    hint: 'STREAM(t) follows a table.',
  })
}

function modeOf(text: string, at: TextRange): ChangeMode {
  const mode = CHANGE_MODES.find((one) => one === text.toLowerCase())
  if (mode !== undefined) return mode
  throw new SqlError('22023', `unknown mode "${text}"`, { at, hint: `Modes: ${CHANGE_MODES.join(', ')}.` })
}

function integer(key: string, text: string, at: TextRange): bigint {
  if (/^-?\d{1,19}$/.test(text.trim())) return BigInt(text.trim())
  throw new SqlError('22023', `table option "${key}" is an integer, not '${text}'`, { at })
}

function wrong(what: string, at: TextRange): SqlError {
  return new SqlError('22023', `${what} in the options of one table`, { at })
}

/** `OPTIONS('k'='v', 'l'='w')`: quotes within are doubled. */
function parseHint(hint: string, at: TextRange): Map<string, string> {
  const values = new Map<string, string>()
  const text = /^options\s*\(([^]*)\)$/i.exec(hint.trim())?.[1]?.trim()
  const option = /\s*'((?:[^']|'')*)'\s*=\s*'((?:[^']|'')*)'\s*(,|$)/y
  for (let isMore = text !== ''; isMore;) {
    const match = text === undefined ? null : option.exec(text)
    if (match === null) throw new SqlError('42601', `OPTIONS is a list as ('key'='value', ...)`, { at })
    const [key, value] = [match[1]!, match[2]!].map((part) => part.replaceAll("''", "'"))
    if (values.has(key!)) throw new SqlError('42601', `table option "${key}" is given twice`, { at })
    values.set(key!, value!)
    isMore = match[3] === ','
  }
  return values
}
