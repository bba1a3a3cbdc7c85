/** Words of operators that the tree has a name of its own for. */
import type { Like } from '../ast.ts'

export function patternWords(operator: Like['operator']): string {
  return operator === 'similar' ? 'SIMILAR TO' : operator.toUpperCase()
}

/** Operators that group from the left: `a + b + c` needs no parentheses, however long it is. */
export function groupsLeft(operator: string): boolean {
  return operator === '+' || operator === '-' || operator === '*' || operator === '/' || operator === '||'
}

/** The operator between two operands, or before ANY and ALL. */
export function operatorWords(operator: string): string {
  const negated = operator.startsWith('not ')
  const plain = negated ? operator.slice(4) : operator
  if (plain === 'at time zone' || plain === 'overlaps') return plain.toUpperCase()
  if (plain === 'like' || plain === 'ilike' || plain === 'similar' || plain === 'glob' || plain === 'regexp') {
    return `${negated ? 'NOT ' : ''}${patternWords(plain)}`
  }
  return plain
}
