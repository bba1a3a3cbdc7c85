/** Three-valued truth of a predicate over a set of rows: which of TRUE, FALSE and NULL some row may have. */
export interface Truth {
  readonly mayBeTrue: boolean
  readonly mayBeFalse: boolean
  readonly mayBeNull: boolean
}

export const ANY: Truth = { mayBeTrue: true, mayBeFalse: true, mayBeNull: true }

export function truth(mayBeTrue: boolean, mayBeFalse: boolean, mayBeNull: boolean): Truth {
  return { mayBeTrue, mayBeFalse, mayBeNull }
}

export function not({ mayBeTrue, mayBeFalse, mayBeNull }: Truth): Truth {
  return { mayBeTrue: mayBeFalse, mayBeFalse: mayBeTrue, mayBeNull }
}

/** Of some row, whatever the parts of other rows: parts are taken as independent, which can only add possibilities. */
export function allOf(parts: readonly Truth[]): Truth {
  return {
    mayBeTrue: parts.every(({ mayBeTrue }) => mayBeTrue),
    mayBeFalse: parts.some(({ mayBeFalse }) => mayBeFalse),
    mayBeNull: parts.some(({ mayBeNull }) => mayBeNull) && parts.every((part) => part.mayBeTrue || part.mayBeNull),
  }
}

export function anyOf(parts: readonly Truth[]): Truth {
  return not(allOf(parts.map(not)))
}
