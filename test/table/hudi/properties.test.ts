import { expect, test } from 'vitest'
import { parseProperties } from '../../../src/table/hudi/properties.ts'

test.each([
  ['a=b', { a: 'b' }],
  ['a = b c ', { a: 'b c ' }],
  ['a:b', { a: 'b' }],
  ['a b', { a: 'b' }],
  ['a', { a: '' }],
  ['# a=b\n! c=d\n\n  e=f', { e: 'f' }],
  ['a=b\\\n   c', { a: 'bc' }],
  ['a=b\\\\\nc=d', { a: 'b\\', c: 'd' }],
  ['k\\=e\\:y=v\\=w', { 'k=e:y': 'v=w' }],
  ['a=\\u00e9\\t\\q', { a: 'é\tq' }],
  ['a=1\na=2\r\nb=3', { a: '2', b: '3' }],
])('%j', (text, expected) => {
  expect(Object.fromEntries(parseProperties(text))).toEqual(expected)
})
