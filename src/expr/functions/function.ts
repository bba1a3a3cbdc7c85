/**
 * What a scalar function is. One function (or family: `eq ne lt ...`) a file in this folder, one line in `index.ts`.
 *
 * Every function has `scalar`, the meaning of one row in plain JavaScript: constant folding runs it, tests take it as the reference,
 * and the evaluator falls back to it, row by row. Functions of hot queries have `evaluate` too, over whole vectors.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { LiteralValue } from '../expr.ts'

export interface ScalarFunction {
  /** The name in plans; SQL's name too, unless the function is an operator (`add`). Lower case. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: 'operator' | 'math' | 'text' | 'time' | 'binary' | 'nested' | 'json' | 'conditional' | 'system'
  /** One sentence for the generated documentation. */
  readonly description: string
  /** SQL, and what it gives: `substring('abcdef', 2, 3)` -> `bcd`. */
  readonly example: { readonly sql: string; readonly result: string }
  /**
   * The types to which arguments of these types are converted, and the result's type; null when the function does not take
   * them. The type `null` stands for an untyped NULL and fits everything.
   */
  resolve(args: readonly DataType[]): Signature | null
  /** The signature when arguments are constants (undefined: not constant): a result's digits may hang on them. */
  readonly refine?: (values: readonly (LiteralValue | undefined)[], signature: Signature) => Signature
  /** strict: NULL in, NULL out, and the evaluator adds the NULLs; custom: `evaluate` sees and makes them. */
  readonly nulls: 'strict' | 'custom'
  /** stable: one value a statement (now()); volatile: one a row (random()), never folded. */
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  /**
   * The value of one row. Arguments have the types of the signature; with `strict` none is NULL. Throws SqlError (22003, 22012, ...).
   */
  scalar(args: readonly LiteralValue[], types: Signature, session: SessionValues): LiteralValue
  /**
   * The same for a whole vector, or null for types (or encodings) that it leaves to `scalar`. Flat and constant arguments, at least one
   * of them flat; dictionary vectors only where `scalar` alone would be run on them. strict: `validity` is that of all arguments
   * together (0 = no NULLs), the result must have it, and no argument is a constant NULL. Never an error for rows that are NULL there.
   */
  evaluate?(
    context: EvaluateContext,
    args: readonly Vector[],
    rowCount: number,
    types: Signature,
    validity: Pointer,
  ): Vector | null
}

export interface Signature {
  readonly args: readonly DataType[]
  readonly result: DataType
  /** The body of a lambda, of calls that have one: see functions/lambdas.ts. */
  readonly lambda?: (values: readonly LiteralValue[]) => LiteralValue
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
  /** Start of the transaction, microseconds since 1970 UTC. */
  readonly nowMicros: bigint
  /** Start of the statement, where that is another. */
  readonly statementMicros?: bigint
  /** IANA name; `UTC` unless the session set another. */
  readonly timeZone: string
  /** Readers compare the checksums of pages of files. */
  readonly checksPages?: boolean
}
