/** What sessions share and may ask of the engine. */
import type { Catalog } from '../catalog/catalog.ts'
import type { EngineMemory } from '../core/memory.ts'
import type { Executor } from '../exec/executor.ts'
import type { Kernels } from '../kernel/kernels.ts'
import type { UserFunction } from '../plan/bind/user-function.ts'
import type { Table } from '../table/table.ts'
import type { Settings } from './settings.ts'

/** Name of the embedded catalog. */
export const DEFAULT_CATALOG = 'sluice'

export interface SessionHost {
  readonly settings: Settings
  readonly catalogs: Map<string, Catalog>
  /** In-memory tables by name. */
  readonly registered: Map<string, Table>
  /** Functions that a program registered, by name. */
  readonly functions: Map<string, readonly UserFunction[]>
  /** The shared memory: one for all sessions. */
  readonly memory: EngineMemory
  /** Kernels of the calling thread. */
  readonly kernels: Kernels
  /** Aborts when the engine is closed: what waits for something ends then. */
  readonly closing: AbortSignal
  /** Loaded on first use: a statement without rows to compute never needs it. */
  executor(): Promise<Executor>
}
