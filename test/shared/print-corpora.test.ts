/** Every query of the corpora that parses is printed, and what is printed parses to the same tree. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Statement } from '../../src/sql/ast.ts'
import { parse } from '../../src/sql/parse.ts'
import { printQuery } from '../../src/sql/print/print.ts'
import { withoutRanges } from '../sql/same-tree.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const FOLDER = join(SHARED, 'corpora/sql')
const FILES = HAS_SHARED ? readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')) : []

function parsed(sql: string): readonly Statement[] {
  try {
    return parse(sql)
  } catch {
    return []
  }
}

describe.skipIf(!HAS_SHARED)('printed queries', () => {
  it.each(FILES)('of %s', { timeout: 60_000 }, (file) => {
    for (const line of readFileSync(join(FOLDER, file), 'utf8').trim().split('\n')) {
      const { id, sql } = JSON.parse(line) as { id: string; sql: string }
      for (const statement of parsed(sql)) {
        if (statement.kind !== 'query') continue
        const [again] = parse(printQuery(statement.query))
        expect(withoutRanges(again?.kind === 'query' ? again.query : again), id).toEqual(withoutRanges(statement.query))
      }
    }
  })
})
