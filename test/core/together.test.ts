import { expect, it } from 'vitest'
import { together } from '../../src/core/together.ts'

const later = async <T>(act: () => T): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, 1))
  return act()
}

it('gives what the promises give, in their order', async () => {
  expect(await together([later(() => 1), Promise.resolve(2)])).toEqual([1, 2])
  expect(await together([])).toEqual([])
})

it('fails with the first error in order, once all others are done', async () => {
  let isDone = false
  const fail = (text: string) => () => {
    throw new Error(text)
  }
  const slow = later(() => (isDone = true))
  await expect(together([later(fail('first')), slow, Promise.resolve().then(fail('second'))])).rejects.toThrow('first')
  expect(isDone).toBe(true)
})
