import { describe, expect, it } from 'vitest'
import { planRollUp } from '../../../src/exec/aggregate/roll-up-plan.ts'

function plan(...sets: readonly (readonly number[])[]) {
  return planRollUp(sets.map((set) => new Set(set)))
}

describe('planRollUp', () => {
  it('goes from set to set', () => {
    expect(plan([], [0], [0, 1], [0, 1, 2])).toEqual({
      first: 3,
      steps: [
        { set: 2, from: 3 },
        { set: 1, from: 2 },
        { set: 0, from: 1 },
      ],
    })
  })

  it('takes the smallest set that holds another', () => {
    expect(plan([0, 1], [0], [1], [])).toEqual({
      first: 0,
      steps: [
        { set: 1, from: 0 },
        { set: 2, from: 0 },
        { set: 3, from: 2 },
      ],
    })
  })

  it('computes repeated sets from each other', () => {
    expect(plan([0], [0])).toEqual({ first: 0, steps: [{ set: 1, from: 0 }] })
  })

  it('needs a set with all groups', () => {
    expect(plan([0], [1], [])).toBeNull()
  })
})
