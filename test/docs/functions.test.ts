/** docs/functions.md lists what the registries have: `npx vitest run test/docs/functions.test.ts -u` writes it anew. */
import { describe, expect, it } from 'vitest'
import { collectedByName, collectedNames } from '../../src/expr/aggregates/collected.ts'
import { aggregateByName, aggregateNames } from '../../src/expr/aggregates/index.ts'
import type { ScalarFunction } from '../../src/expr/functions/function.ts'
import { functionByName, functionNames } from '../../src/expr/functions/index.ts'
import { isSetReturning } from '../../src/plan/bind/set-returning.ts'
import { isWindowName } from '../../src/plan/bind/windows.ts'
import { isAggregateName } from '../../src/plan/bind/aggregates.ts'
import { POSTGRES_FUNCTIONS } from './postgres-functions.ts'

const TITLES: Readonly<Record<ScalarFunction['category'], string>> = {
  operator: 'Operators',
  math: 'Numbers',
  text: 'Text',
  binary: 'Bytes',
  time: 'Dates and times',
  conditional: 'Conditional',
  nested: 'Lists, maps and structs',
  json: 'JSON',
  system: 'System',
}

interface Entry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly description: string
  readonly example: { readonly sql: string; readonly result: string }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function table(entries: readonly Entry[]): string {
  const rows = entries.map(({ name, aliases = [], description, example }) => {
    const names = [name, ...aliases].map((one) => `\`${one}\``).join(' ')
    return `| ${names} | ${cell(description)} | \`${cell(example.sql)}\` | \`${cell(example.result)}\` |`
  })
  return ['| names | what it gives | example | result |', '|---|---|---|---|', ...rows].join('\n')
}

const functions = [...new Set(functionNames().map((name) => functionByName(name)!))]
const aggregates = [
  ...new Set<Entry>(aggregateNames().map((name) => aggregateByName(name)!)),
  ...new Set<Entry>(collectedNames().map((name) => collectedByName(name)!)),
]

describe('functions', () => {
  it('are documented as they are', async () => {
    const sections = Object.entries(TITLES).map(
      ([category, title]) => `## ${title}\n\n${table(functions.filter((entry) => entry.category === category))}`,
    )
    const page = [
      '# Functions\n\nWritten by `test/docs/functions.test.ts` from the registries (`src/expr/functions/`, `src/expr/aggregates/`); every example is tested.',
      `## Aggregates\n\nExamples are over a table \`t\` whose column \`x\` has the integers 1, 2 and 4. All take \`FILTER\`, \`DISTINCT\` and \`ORDER BY\`, and may be window functions.\n\n${table(aggregates)}`,
      ...sections,
    ]
    await expect(`${page.join('\n\n')}\n`).toMatchFileSnapshot('../../docs/functions.md')
  })
})

describe("PostgreSQL 17's manual", () => {
  const exists = (name: string): boolean =>
    functionByName(name) !== undefined || isSetReturning(name) || isWindowName(name) || isAggregateName(name)

  it.each(Object.entries(POSTGRES_FUNCTIONS))('%s: what is missing is known', (_, { names, missing }) => {
    expect(names.filter((name) => !exists(name))).toEqual(missing)
  })

  it('is covered to 95 %', () => {
    const all = Object.values(POSTGRES_FUNCTIONS)
    const count = all.reduce((sum, { names }) => sum + names.length, 0)
    const missing = all.reduce((sum, part) => sum + part.missing.length, 0)
    expect((100 * (count - missing)) / count).toBeGreaterThanOrEqual(95)
  })
})
