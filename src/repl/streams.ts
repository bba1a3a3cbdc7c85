/** Standard streams as Outputs: a write waits while the reader is slower, and a reader that has gone ends the program quietly. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Output } from './output/printer.ts'

export function outputOf(stream: Writable & { readonly columns?: number | undefined }): Output {
  return {
    get width() {
      return stream.columns ?? Infinity
    },
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain')
    },
  }
}

/** `sluice ... | head` closes the pipe early: that is no error. */
export function exitQuietlyOnClosedPipe(stream: Writable): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
