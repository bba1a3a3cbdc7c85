import { expect, test } from 'vitest'
import { parse } from '../../src/sql/parse.ts'
import { excerpt, showError } from '../../src/sql/show-error.ts'

function shown(sql: string): string {
  try {
    parse(sql)
    return 'ok'
  } catch (error) {
    return showError(error as Error, sql)
  }
}

test('line and caret', () => {
  expect(shown('select a\nfrom t\nwhere from')).toBe(
    'ERROR:  syntax error at or near "from"\nLINE 3: where from\n              ^',
  )
  expect(shown('select (1')).toBe('ERROR:  syntax error at end of input\nLINE 1: select (1\n                 ^')
  expect(shown('select 1 from\n')).toBe(
    'ERROR:  syntax error at end of input\nLINE 2: \n        ^'.replace('LINE 2: ', 'LINE 2:'.concat(' ')),
  )
})

test('tabs, wide characters, carriage returns', () => {
  expect(excerpt('\tselect x\r\n', 8)).toEqual(['LINE 1:     select x', '                   ^'])
  expect(excerpt("select '日本', x", 13)).toEqual(["LINE 1: select '日本', x", '                       ^'])
})

test('a long line is cut to a window around the error', () => {
  const sql = `select ${'a, '.repeat(100)}from ${', b'.repeat(100)}`
  const [line, caret] = excerpt(sql, sql.indexOf('from'))
  expect(line).toMatch(/^LINE 1: \.\.\..*from.*\.\.\.$/)
  expect(line?.length).toBeLessThanOrEqual(90)
  expect(line?.slice(caret?.indexOf('^'))).toMatch(/^from/)
})

test('detail and hint', () => {
  expect(showError({ message: 'm', detail: 'd', hint: 'h' }, '')).toBe('ERROR:  m\nDETAIL:  d\nHINT:  h')
})
