import { expect, test } from 'vitest'
import { characterWidth } from '../../src/core/character-width.ts'
import { excerpt } from '../../src/sql/show-error.ts'
import { pad } from '../../src/repl/output/text-width.ts'

test.each([
  ['ASCII', 'a~ ', [1, 1, 1]],
  ['Latin, Greek, Cyrillic', 'éλж', [1, 1, 1]],
  ['CJK', '表한カ。', [2, 2, 2, 2]],
  ['fullwidth and halfwidth forms', 'Ａｱ', [2, 1]],
  ['emoji, also those beyond the first plane', '😀🚀🥐🪐', [2, 2, 2, 2]],
  ['combining marks of any script', 'e\u0301\u05b0\u20dd', [1, 0, 0, 0]],
  ['joiners, variation selectors, controls', '\u200d\ufe0f\n\x7f', [0, 0, 0, 0]],
])('%s', (_, text, widths) => {
  expect([...text].map(characterWidth)).toEqual(widths)
})

test('a table cell and an error excerpt count alike', () => {
  const text = '表e\u0301🪐'
  const [, caret] = excerpt(`${text}x`, text.length)
  expect(caret).toBe(`${' '.repeat('LINE 1: '.length + 5)}^`)
  expect(pad(text, 7, false)).toBe(`${text}  `)
})
