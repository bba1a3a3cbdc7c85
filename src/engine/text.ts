/** What clients of the engine need of SQL as text: splitting, checking, showing where an error is. */
export { checkSyntax } from '../sql/check-syntax.ts'
export { showError } from '../sql/show-error.ts'
export { StatementSplitter } from '../sql/split.ts'
