/** The public API. */
export { type ApiRow, Database, type OpenOptions, QueryResult, type QueryOptions, open } from './engine/database.ts'
export type { ApiValue, ParameterValue } from './engine/api-value.ts'
export type { RegisteredData } from './engine/register.ts'
export type { Progress } from './engine/session.ts'
export { CancelledError, DataError, InternalError, ResourceError, SluiceError, SqlError } from './core/errors.ts'
export type { DataType, Field } from './core/types.ts'
