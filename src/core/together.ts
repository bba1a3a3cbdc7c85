/**
 * Waits for promises that run at once, and for all of them when one fails: what a failure cleans up, none of the others still works on.
 * Errors: the first one's, in the order given.
 */
export async function together<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises)
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
