/** The options of COPY, PostgreSQL's and those of DuckDB for files of other formats. */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { PARQUET_CODECS, type ParquetCodec } from '../../format/parquet/write/parquet-writer.ts'
import type { CopyStatement, Expression, FunctionArgument, Option } from '../../sql/ast.ts'
import { CSV_NULL } from './copy-text.ts'

const FORMATS: Readonly<Record<string, CopyFormat>> = {
  csv: 'csv',
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
  parquet: 'parquet',
  text: 'text',
}

export type CopyFormat = 'csv' | 'json' | 'parquet' | 'text'

/** Names of files in PostgreSQL's own format: those that say nothing else. */
const PLAIN_NAME = /(^|[/\\])[^./\\]+$|\.(txt|tsv|dat|data|tbl|copy)$/i

const KNOWN = [
  'format',
  'header',
  'delimiter',
  'delim',
  'sep',
  'quote',
  'escape',
  'null',
  'nullstr',
  'encoding',
] as const
const PARQUET = ['codec', 'compression'] as const

export class CopyOptions {
  readonly format: CopyFormat
  /** Whether the first line names the columns; undefined: nothing was said. */
  readonly header: boolean | undefined
  readonly delimiter: string
  readonly quote: string
  readonly escape: string
  readonly nullText: string
  readonly codec: ParquetCodec
  readonly #options: ReadonlyMap<string, Option>

  /** 42601 and 0A000 for options that are wrong or not supported. */
  constructor({ options, at }: CopyStatement, path: string | null) {
    const byName = new Map(options.map((option) => [option.name, option]))
    this.#options = byName
    for (const option of options) {
      const isKnown = [...KNOWN, ...PARQUET].some((name) => name === option.name)
      if (!isKnown) throw unsupported(`COPY option "${option.name}"`, { at: option.at })
    }
    this.format = this.#format(path, at)
    this.header = this.#header()
    const isText = this.format === 'text'
    this.delimiter = this.#text('delimiter', 'delim', 'sep') ?? (isText ? '\t' : ',')
    this.quote = this.#text('quote') ?? '"'
    this.escape = this.#text('escape') ?? this.quote
    this.nullText = this.#text('null', 'nullstr') ?? (isText ? '\\N' : '')
    if (isText) this.#checkText(at)
    this.codec = this.#codec()
    for (const one of [this.delimiter, this.quote, this.escape]) {
      if (one.length !== 1)
        throw new SqlError('0A000', 'COPY delimiter, quote and escape must be single characters', { at })
    }
    const encoding = this.#text('encoding')?.toLowerCase() ?? 'utf8'
    if (encoding !== 'utf8' && encoding !== 'utf-8') throw unsupported(`COPY with encoding "${encoding}"`, { at })
  }

  #checkText(at: TextRange): void {
    const other = ['quote', 'escape'].find((name) => this.#options.has(name))
    if (other !== undefined) throw new SqlError('0A000', `COPY ${other} available only in CSV mode`, { at })
    if (/[\\.a-z0-9\r\n]/.test(this.delimiter)) {
      throw new SqlError('22023', `COPY delimiter cannot be "${this.delimiter}"`, { at })
    }
    if (/[\r\n]/.test(this.nullText)) {
      throw new SqlError('22023', 'COPY null representation cannot use newline or carriage return', { at })
    }
    if (this.nullText.includes(this.delimiter)) {
      throw new SqlError('22023', 'COPY delimiter must not appear in the NULL specification', { at })
    }
  }

  #format(path: string | null, at: TextRange): CopyFormat {
    const given = this.#text('format')?.toLowerCase()
    if (path === null && given === undefined) return 'text'
    if (given === undefined && ['delimiter', 'header', 'quote', 'null'].some((name) => this.#options.has(name)))
      return 'csv'
    const name = given ?? (PLAIN_NAME.test(path ?? '') ? 'text' : /\.([a-z]+)$/i.exec(path ?? '')?.[1]?.toLowerCase())
    const format = name === undefined ? undefined : FORMATS[name]
    if (format !== undefined) return format
    if (given === 'binary') throw unsupported(`COPY with format "${given}"`, { at })
    throw new SqlError(
      '22023',
      `COPY format ${given === undefined ? 'of this file is not known' : `"${given}" not recognized`}`,
      {
        at,
        hint: 'WITH (FORMAT csv), text, json or parquet.',
      },
    )
  }

  /** PostgreSQL has no header unless asked for one; where only the extension says that it is a CSV file, files as others make them are meant. */
  #header(): boolean | undefined {
    const option = this.#options.get('header')
    if (option === undefined) return this.#options.size === 0 ? undefined : false
    const text = String(option.value).toLowerCase()
    if (['true', 'on', '1', 'match'].includes(text)) return true
    if (['false', 'off', '0'].includes(text)) return false
    throw new SqlError('42601', 'header requires a Boolean value or "match"', { at: option.at })
  }

  #codec(): ParquetCodec {
    const text = this.#text(...PARQUET)?.toLowerCase() ?? 'zstd'
    const codec = PARQUET_CODECS.find((one) => one === text)
    if (codec !== undefined) return codec
    throw new SqlError('22023', `unknown compression "${text}"`, { hint: `Available: ${PARQUET_CODECS.join(', ')}.` })
  }

  #text(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const option = this.#options.get(name)
      if (option !== undefined) return String(option.value)
    }
    return undefined
  }

  /** Arguments of the function that reads the file; `columns` are types by name. */
  readArguments(path: string, columns: readonly FunctionArgument[], at: TextRange): readonly FunctionArgument[] {
    const text = (value: string): Expression => ({ kind: 'string', value, at })
    const named = (name: string, value: Expression): FunctionArgument => ({ name, value, at })
    const file: FunctionArgument = { name: null, value: text(path), at }
    if (this.format === 'parquet') return [file]
    const fields = columns.map(({ name, value }) => ({ name: name!, value }))
    const typed = named('columns', { kind: 'struct', fields, at })
    if (this.format === 'json') return [file, typed]
    const flag = (value: boolean): Expression => ({ kind: 'boolean', value, at })
    if (this.format === 'text') {
      const csv: readonly (readonly [string, string])[] = [
        ['delim', ','],
        ['quote', '"'],
        ['escape', '"'],
        ['nullstr', CSV_NULL],
      ]
      const said = csv.map(([name, value]) => named(name, text(value)))
      return [file, typed, ...said, named('allow_quoted_nulls', flag(false)), named('header', flag(false))]
    }
    return [
      file,
      typed,
      named('delim', text(this.delimiter)),
      named('quote', text(this.quote)),
      named('escape', text(this.escape)),
      named('nullstr', text(this.nullText)),
      named('allow_quoted_nulls', flag(false)),
      ...(this.header === undefined ? [] : [named('header', flag(this.header))]),
    ]
  }
}
