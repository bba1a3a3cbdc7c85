import { arrowSchema, loadArrow } from '../../core/arrow.ts'
import type { Printer } from './printer.ts'

/** An Arrow IPC stream a statement, written batch by batch. */
export const arrowPrinter: Printer = {
  name: 'arrow',
  async print(result, output) {
    if (result.fields.length === 0) {
      for await (const rows of result.chunks()) void rows
      return
    }
    const arrow = await loadArrow()
    const writer = new arrow.RecordBatchStreamWriter()
    writer.reset(undefined, arrowSchema(arrow, { fields: result.fields }))
    const reading = (async () => {
      for await (const bytes of writer) await output.write(bytes as Uint8Array)
    })()
    for await (const batch of result.recordBatches()) writer.write(batch)
    writer.close()
    await reading
  },
}
