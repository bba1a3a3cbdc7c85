/** Types of lists. */
import { type DataType, VARCHAR } from '../../core/types.ts'

/** The type of a list's elements; text for what is no list (an untyped NULL). */
export function elementOf(list: DataType): DataType {
  return list.kind === 'list' ? list.element.type : VARCHAR
}
