import { SqlError } from '../core/errors.ts'

/** What was opened as a table is a view (0A000): whoever knows of views may go on with it. */
export class ViewInsteadOfTable extends SqlError {}
