/** Who asks, where, and with which settings. */
import { SqlError } from '../../../core/errors.ts'
import { BIGINT, BOOLEAN, INTEGER, TIMESTAMPTZ, VARCHAR, listOf } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { SystemFunctionDefinition } from '../define-system-function.ts'
import { OID } from '../relation-columns.ts'
import { nameParts } from '../find-objects.ts'
import type { SystemSnapshot } from '../system-snapshot.ts'
import { SERVER_VERSION } from '../server-version.ts'

const STARTED_MICROS = BigInt(Math.round(performance.timeOrigin)) * 1000n

function text(name: string, run: (snapshot: SystemSnapshot) => LiteralValue): SystemFunctionDefinition {
  return { name, forms: [[]], returns: VARCHAR, run }
}

function constant(name: string, returns: SystemFunctionDefinition['returns'], value: LiteralValue) {
  return { name, forms: [[]], returns, run: () => value } satisfies SystemFunctionDefinition
}

const user = ({ user: name }: SystemSnapshot): string => name
const database = ({ database: name }: SystemSnapshot): string => name

/** The value of a setting as SHOW has it. */
function settingText({ session }: SystemSnapshot, name: string, isMissingOk: boolean): string | null {
  try {
    return session.settings.text(name)
  } catch (error) {
    if (isMissingOk && error instanceof SqlError) return null
    throw error
  }
}

/** Sets, for the session; an empty search path is none. */
function setSetting(snapshot: SystemSnapshot, name: string, value: string): string {
  const { session, schemas } = snapshot
  if (name.toLowerCase() === 'search_path') {
    const wanted = value.split(',').flatMap((part) => (part.trim() === '' ? [] : [nameParts(part.trim())[0]!]))
    session.usePath(wanted.filter((one) => schemas.some((schema) => schema.name === one)))
  }
  session.settings.set(name, value)
  return value
}

export const sessionFunctions: readonly SystemFunctionDefinition[] = [
  text('current_database', database),
  text('current_catalog', database),
  text('current_schema', ({ session }) => session.currentSchema),
  text('current_user', user),
  text('session_user', user),
  text('current_role', user),
  text('user', user),
  text('version', () => `PostgreSQL ${SERVER_VERSION} (Sluice)`),
  text('pg_client_encoding', () => 'UTF8'),
  text('getdatabaseencoding', () => 'UTF8'),
  {
    name: 'current_schemas',
    forms: [[BOOLEAN]],
    returns: listOf(VARCHAR),
    run: ({ path }, [withImplicit]) =>
      path.filter((name) => withImplicit === true || (name !== 'pg_catalog' && name !== 'pg_temp')),
  },
  {
    name: 'current_setting',
    forms: [[VARCHAR], [VARCHAR, BOOLEAN]],
    returns: VARCHAR,
    isVolatile: true,
    run: (snapshot, [name, isMissingOk]) => settingText(snapshot, String(name), isMissingOk === true),
  },
  {
    name: 'set_config',
    forms: [[VARCHAR, VARCHAR, BOOLEAN]],
    returns: VARCHAR,
    called: true,
    isVolatile: true,
    run(snapshot, [name, value, isLocal]) {
      if (name === null) throw new SqlError('22004', 'SET requires parameter name')
      if (isLocal === true && snapshot.session.transaction === null) return String(value ?? '')
      return setSetting(snapshot, String(name), String(value ?? ''))
    },
  },
  constant('pg_backend_pid', INTEGER, process.pid),
  constant('pg_postmaster_start_time', TIMESTAMPTZ, STARTED_MICROS),
  constant('pg_conf_load_time', TIMESTAMPTZ, STARTED_MICROS),
  constant('pg_is_in_recovery', BOOLEAN, false),
  constant('pg_my_temp_schema', OID, 0n),
  constant('inet_client_addr', VARCHAR, null),
  constant('inet_client_port', INTEGER, null),
  constant('inet_server_addr', VARCHAR, null),
  constant('inet_server_port', INTEGER, null),
  constant('txid_current_if_assigned', BIGINT, null),
  { name: 'pg_cancel_backend', forms: [[INTEGER]], returns: BOOLEAN, isVolatile: true, run: () => false },
  { name: 'pg_terminate_backend', forms: [[INTEGER]], returns: BOOLEAN, isVolatile: true, run: () => false },
  { name: 'pg_is_other_temp_schema', forms: [[null]], returns: BOOLEAN, run: () => false },
  // Nobody else can hold a lock of the session's.
  constant('pg_advisory_unlock_all', VARCHAR, ''),
]
