/** A dialect as the kernels take it: delimiter, quote, escape and comment as i32, -1 for none. */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { CsvDialect } from './layout.ts'

export function storeDialect(memory: EngineMemory, arena: Arena, dialect: CsvDialect): Pointer {
  const pointer = arena.allocate(16)
  const codes = [dialect.delimiter, dialect.quote, dialect.escape, dialect.comment]
  codes.forEach((char, i) => {
    memory.i32[(pointer >>> 2) + i] = char === '' ? -1 : char.charCodeAt(0)
  })
  return pointer
}
