/**
 * Session settings: one table says name, type, default, range and meaning. `SET`, `SHOW`, `--set` and the API's options all go through it.
 */
import { availableParallelism, totalmem } from 'node:os'
import { tmpdir } from 'node:os'
import { SqlError } from '../core/errors.ts'
import { PLANNER_SETTINGS } from './planner-settings.ts'
import { isTimeZone } from '../expr/values/calendar.ts'
import { zoneOfSetting } from '../expr/values/zone-by-name.ts'
import { SERVER_VERSION, SERVER_VERSION_NUMBER, USER_NAME } from './system/server-version.ts'

export type SettingValue = string | number | boolean

interface Setting {
  readonly type: 'string' | 'integer' | 'boolean' | 'bytes'
  readonly default: () => SettingValue
  readonly min?: number
  readonly max?: number
  /** Belongs to the engine and is fixed once it runs: SET says so instead of doing nothing. */
  readonly startOnly?: boolean
  /** The only values accepted, in lower case: clients set these to what is so anyway. */
  readonly values?: readonly string[]
  readonly description: string
}

/** Every setting. To add one: a line here, and its reader. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  memory_limit: {
    type: 'bytes',
    default: () => Math.min(Math.floor(totalmem() * 0.6), 4_000_000_000),
    min: 32 << 20,
    max: 4_294_000_000,
    startOnly: true,
    description: 'Bytes that queries may use together before they spill to temp_directory',
  },
  page_cache_percent: {
    type: 'integer',
    default: () => 50,
    min: 0,
    max: 90,
    startOnly: true,
    description:
      'Share of memory_limit that decompressed pages of files may have while nothing else needs it; 0 keeps none',
  },
  threads: {
    type: 'integer',
    default: () => Math.max(1, Math.min(16, availableParallelism())),
    min: 1,
    max: 64,
    startOnly: true,
    description: 'Worker threads',
  },
  temp_directory: {
    type: 'string',
    default: () => tmpdir(),
    startOnly: true,
    description: 'Directory for spilled data',
  },
  timezone: { type: 'string', default: () => 'UTC', description: 'Time zone of timestamps with time zone' },
  disabled_rules: {
    type: 'string',
    default: () => '',
    description: 'Comma-separated names of optimizer rules to leave out',
  },
  remap: {
    type: 'string',
    default: () => '',
    description: "Path prefix of moved tables: '<from>=<to>'",
  },
  delta_commit_time: {
    type: 'string',
    default: () => 'file',
    values: ['file', 'commit_info'],
    description: "Time of Delta commits without in-commit timestamps: 'file' or 'commit_info'",
  },
  plan_cache: {
    type: 'boolean',
    default: () => true,
    description:
      'Whether a query that is run again has its plan still, as long as its tables have not changed; rows are the same without it',
  },
  use_indexes: {
    type: 'boolean',
    default: () => true,
    description: 'Whether the scalar indexes of Lance datasets say which rows to read; rows are the same without them',
  },
  verify_page_checksums: {
    type: 'boolean',
    default: () => false,
    description:
      'Whether the checksums of Parquet pages are compared, where the writer made some, and values with the statistics of their row groups',
  },
  statement_timeout: {
    type: 'integer',
    default: () => 0,
    min: 0,
    max: 2_147_483_647,
    description: 'Milliseconds after which a statement is cancelled; 0 = never',
  },
  javascript_memory_limit: {
    type: 'bytes',
    default: () => 64 << 20,
    min: 1 << 20,
    max: 1 << 30,
    description: 'Bytes that one function in JavaScript may use',
  },
  javascript_timeout: {
    type: 'integer',
    default: () => 5000,
    min: 1,
    max: 2_147_483_647,
    description: 'Milliseconds that a function in JavaScript may take for one batch of rows (8,192 at most)',
  },
  ...fixed({
    bytea_output: ['hex', 'hex'],
    block_size: ['8192', '8192'],
    datestyle: ['ISO, MDY', 'iso', 'iso, mdy'],
    default_transaction_isolation: ['read committed', 'read committed', 'repeatable read', 'serializable'],
    integer_datetimes: ['on', 'on', 'true', '1'],
    intervalstyle: ['postgres', 'postgres'],
    is_superuser: ['on', 'on'],
    max_identifier_length: ['63', '63'],
    max_index_keys: ['32', '32'],
    server_encoding: ['UTF8', 'utf8'],
    server_version: [SERVER_VERSION, SERVER_VERSION],
    server_version_num: [SERVER_VERSION_NUMBER, SERVER_VERSION_NUMBER],
    session_authorization: [USER_NAME, USER_NAME],
    standard_conforming_strings: ['on', 'on', 'true', '1'],
    transaction_isolation: ['read committed', 'read committed', 'repeatable read', 'serializable'],
  }),
  client_min_messages: { type: 'string', default: () => 'notice', description: 'Accepted for clients; without effect' },
  extra_float_digits: {
    type: 'integer',
    default: () => 1,
    min: 1,
    max: 3,
    description: 'Floats are always written with all their digits',
  },
  lc_messages: { type: 'string', default: () => 'C', description: 'Accepted for clients; without effect' },
  application_name: { type: 'string', default: () => '', description: 'Name of the client' },
  client_encoding: {
    type: 'string',
    default: () => 'UTF8',
    values: ['utf8', 'utf-8', 'unicode'],
    description: 'Always UTF8',
  },
  dialect: {
    type: 'string',
    default: () => 'postgresql',
    values: [
      ...['postgresql', 'bigquery', 'flinksql', 'hive', 'mariadb', 'mysql', 'redshift', 'snowflake', 'spark', 'sqlite'],
      ...['transactsql', 'trino'],
    ],
    description: "Dialect of queries; 'postgresql' is this engine's own",
  },
  ...fixed({
    default_transaction_deferrable: ['off', 'off', 'false', '0'],
    default_transaction_read_only: ['off', 'off', 'false', '0'],
    row_security: ['on', 'on', 'true', '1'],
  }),
  ...withoutEffect(PLANNER_SETTINGS),
  search_path: { type: 'string', default: () => 'main', description: 'Schema in which plain names are looked up' },
}

/** Parameters of PostgreSQL that have one value here: first how it is shown, then what may be set. */
function fixed(parameters: Readonly<Record<string, readonly string[]>>): Record<string, Setting> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, [shown, ...values]]): [string, Setting] => [
      name,
      { type: 'string', default: () => shown!, values, description: 'As in PostgreSQL; has this value only' },
    ]),
  )
}

/** Parameters that say how PostgreSQL is to go about its work: any value is taken. */
function withoutEffect(defaults: Readonly<Record<string, string>>): Record<string, Setting> {
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]): [string, Setting] => [
      name,
      { type: 'string', default: () => value, description: 'Accepted for clients; without effect' },
    ]),
  )
}

/** SQL lets the session's time zone be set under three names. */
const ALIASES: Readonly<Record<string, string>> = { 'time zone': 'timezone', time_zone: 'timezone' }

export class Settings {
  readonly #values = new Map<string, SettingValue>()
  /** The engine's settings, for a session's: its defaults, and the owner of those that are fixed at the start. */
  readonly #parent: Settings | undefined
  #started = false

  constructor(parent?: Settings) {
    this.#parent = parent
  }

  /** Settings marked startOnly can't change after this. */
  start(): void {
    this.#started = true
  }

  get(name: string): SettingValue {
    const [key, setting] = find(name)
    return this.#values.get(key) ?? this.#parent?.get(key) ?? setting.default()
  }

  text(name: string): string {
    return String(this.get(name))
  }

  number(name: string): number {
    return Number(this.get(name))
  }

  /** Sets, or with null resets; 42704 unknown name, 22023 bad value, 55P02 fixed at start. */
  set(name: string, value: SettingValue | null): void {
    const [key, setting] = find(name)
    if (setting.startOnly === true && this.#parent !== undefined) {
      this.#parent.set(key, value)
      return
    }
    if (value === null) {
      if (setting.startOnly !== true || !this.#started) this.#values.delete(key)
      return
    }
    const parsed = parse(key, setting, value)
    if (setting.startOnly === true && this.#started && parsed !== this.get(key)) {
      throw new SqlError('55P02', `parameter "${key}" cannot be changed after the engine has started`, {
        hint: `Give it at the start: --set ${key}=${String(value)}, or an option of open().`,
      })
    }
    this.#values.set(key, parsed)
  }

  /** Forgets what was set. */
  resetAll(): void {
    this.#values.clear()
  }

  /** A text that is another one when any setting is. */
  signature(): string {
    return JSON.stringify([...this.#values]) + (this.#parent?.signature() ?? '')
  }

  /** Every setting, in alphabetical order. */
  all(): { name: string; value: string; description: string }[] {
    return Object.keys(SETTINGS)
      .toSorted()
      .map((name) => ({ name, value: this.text(name), description: SETTINGS[name]!.description }))
  }
}

function find(name: string): [string, Setting] {
  const lower = name.toLowerCase()
  const key = ALIASES[lower] ?? lower
  const setting = SETTINGS[key]
  if (setting === undefined) {
    throw new SqlError('42704', `unrecognized configuration parameter "${name}"`, {
      hint: 'SHOW ALL lists the parameters.',
    })
  }
  return [key, setting]
}

function parse(name: string, setting: Setting, value: SettingValue): SettingValue {
  switch (setting.type) {
    case 'string':
      return parseText(name, setting, String(value))
    case 'boolean':
      return parseBoolean(name, value)
    case 'integer':
      return inRange(name, setting, Number(value), value)
    case 'bytes':
      return inRange(name, setting, parseBytes(name, value), value)
  }
}

function parseText(name: string, { values }: Setting, value: string): string {
  if (name === 'timezone' && !isTimeZone(zoneOfSetting(value))) {
    throw new SqlError('22023', `invalid value for parameter "TimeZone": "${value}"`)
  }
  if (values !== undefined && !values.includes(value.toLowerCase())) {
    throw new SqlError('22023', `invalid value for parameter "${name}": "${value}"`, {
      hint: `Available values: ${values.join(', ')}.`,
    })
  }
  return value
}

function parseBoolean(name: string, value: SettingValue): boolean {
  const text = String(value).toLowerCase()
  if (['on', 'true', 'yes', '1'].includes(text)) return true
  if (['off', 'false', 'no', '0'].includes(text)) return false
  throw new SqlError('22023', `parameter "${name}" requires a Boolean value`)
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
}

/** `'1GB'`, `'512 MiB'` or plain bytes. */
function parseBytes(name: string, value: SettingValue): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)\s*$/i.exec(String(value))
  const unit = UNITS[(match?.[2] ?? '?').toLowerCase()]
  if (match === null || unit === undefined) {
    throw new SqlError('22023', `invalid value for parameter "${name}": "${String(value)}"`, {
      hint: 'Valid units are "B", "kB", "MB", "GB", "KiB", "MiB" and "GiB".',
    })
  }
  return Math.floor(Number(match[1]) * unit)
}

function inRange(name: string, setting: Setting, parsed: number, value: SettingValue): number {
  const min = setting.min ?? Number.MIN_SAFE_INTEGER
  if (!Number.isSafeInteger(parsed) || parsed < min) {
    throw new SqlError(
      '22023',
      `${String(value)} is outside the valid range for parameter "${name}" (${min} .. ${setting.max ?? ''})`,
    )
  }
  if (setting.max !== undefined && parsed > setting.max) {
    // More memory than one WebAssembly memory has is no mistake: it means "all there is".
    if (setting.type === 'bytes') return setting.max
    throw new SqlError(
      '22023',
      `${String(value)} is outside the valid range for parameter "${name}" (${min} .. ${setting.max})`,
    )
  }
  return parsed
}
