/** What share of real statements parses, per corpus: ../shared/corpora/sql/README.md says where they come from. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkSyntax } from '../../src/sql/check-syntax.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

/** Least share in percent; what is missing is named where it is not plain. */
const LEAST: Readonly<Record<string, number>> = {
  tpch: 100,
  tpcds: 100,
  'tpcds-spark': 100,
  'psql15-describe': 100,
  'pg-client-startup': 100,
  // Not PostgreSQL: erroneous Unicode escapes, stray psql lines, a word of XML.
  'pg-regress-select': 99,
  'pg-regress-dml-ddl': 99,
  // INT UNSIGNED, intervals multiplied by units.
  'datafusion-slt-select': 99.5,
  // Trailing commas, UNION types, PIVOT as a statement, `FROM (DESCRIBE ...)`.
  'duckdb-slt-select': 98.5,
  'duckdb-slt-other': 98,
  'flink-planner-select': 99.5,
  'flink-planner-other': 100,
  // 'a' 'b' on one line is no string in PostgreSQL.
  'lakehouse-ext': 99,
  // Suffixed numbers (1L, 2.5BD), JOIN without ON, TRANSFORM ... USING.
  'spark-sqltests-select': 94,
}

describe.skipIf(!HAS_SHARED)('corpora', () => {
  test.each(Object.entries(LEAST))('%s parses to %d %%', (name, least) => {
    const lines = readFileSync(join(SHARED, 'corpora/sql', `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
    const failed: string[] = []
    for (const line of lines) {
      const { id, sql } = JSON.parse(line) as { id: string; sql: string }
      const check = checkSyntax(sql)
      if (!check.ok) failed.push(`${id}: ${check.error}`)
    }
    const share = (100 * (lines.length - failed.length)) / lines.length
    expect(share, failed.slice(0, 20).join('\n')).toBeGreaterThanOrEqual(least)
  })
})
