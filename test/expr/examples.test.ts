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

  it('and no name means two functions', () => {
    const names = entries.flatMap((entry) => [entry.name, ...(entry.aliases ?? [])])
    for (const name of names)
      expect(functionByName(name)?.name).toBe(
        entries.find((entry) => entry.name === name || entry.aliases?.includes(name))!.name,
      )
    expect(new Set(names).size).toBe(names.length)
  })

  it('and every function is described in a sentence', () => {
    for (const { description } of entries) expect(description).toMatch(/\.$/)
  })
})
