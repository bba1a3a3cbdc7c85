import { expect, test } from 'vitest'
import { BIGINT, INTEGER, VARCHAR, listOf } from '../../src/core/types.ts'
import { resolveFunction } from '../../src/expr/functions/index.ts'

test('a function does not take an argument that cannot become what it needs', () => {
  const list = listOf(INTEGER)
  expect(resolveFunction('subscripts_list', [list, BIGINT])?.signature.args).toEqual([list, INTEGER])
  expect(resolveFunction('subscripts_list', [list, list])).toBeNull()
  expect(resolveFunction('subscripts_list', [VARCHAR, INTEGER])).toBeNull()
})
