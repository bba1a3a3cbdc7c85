import { describe, expect, it } from 'vitest'
import { functionByName, functionNames } from '../../src/expr/functions/index.ts'
import { sqlValue, sqlVector } from './sql-values.ts'

describe('the example of every function holds', () => {
  const entries = [...new Set(functionNames().map((name) => functionByName(name)!))]

  it.each(entries.map((entry) => [entry.name, entry.example.sql, entry.example.result] as const))(
    '%s: %s',
    (_, sql, result) => {
      expect(sqlValue(sql)).toBe(result)
      expect(sqlVector(sql)).toBe(result)
    },
  )

  it('and every function is described in a sentence', () => {
    for (const { description } of entries) expect(description).toMatch(/\.$/)
  })
})
