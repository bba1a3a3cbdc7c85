/**
 * What a scalar function is. One function (or family: `eq ne lt ...`) a file in this folder, one line in `index.ts`.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { Kernels } from '../../kernel/kernels.ts'

export interface ScalarFunction {
  /** The name in plans; SQL's name too, unless the function is an operator (`add`). Lower case. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: 'operator' | 'math' | 'text' | 'time' | 'binary' | 'nested' | 'conditional' | 'system'
  /** One sentence for the generated documentation. */
  readonly description: string
  /** SQL, and what it gives: `substring('abcdef', 2, 3)` -> `bcd`. */
  readonly example: { readonly sql: string; readonly result: string }
  /**
   * The types to which arguments of these types are converted, and the result's type; null when the function does not take
   * them. The type `null` stands for an untyped NULL and fits everything.
   */
  resolve(args: readonly DataType[]): Signature | null
  /** strict: NULL in, NULL out, and the evaluator adds the NULLs; custom: `evaluate` sees and makes them. */
  readonly nulls: 'strict' | 'custom'
  /** stable: one value a statement (now()); volatile: one a row (random()); neither is folded at plan time. */
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  /**
   * One result a row. Arguments have the types of the signature, any encoding; those of immutable strict functions are never
   * dictionary vectors: the evaluator runs the function on the dictionary instead. Errors: SqlError (22003, 22012, ...), but never for
   * rows whose arguments are NULL (strict).
   */
  evaluate(context: EvaluateContext, args: readonly Vector[], rowCount: number, type: DataType): Vector
}

export interface Signature {
  readonly args: readonly DataType[]
  readonly result: DataType
}

/** Where an evaluation allocates and what it may ask. */
export interface EvaluateContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  /** Results and scratch live until the caller resets it. */
  readonly arena: Arena
  readonly session: SessionValues
}

/** Values that are fixed for a statement. */
export interface SessionValues {
  /** Start of the statement, microseconds since 1970 UTC. */
  readonly nowMicros: bigint
  /** IANA name; `UTC` unless the session set another. */
  readonly timeZone: string
}
