/** A progress bar on a terminal; nothing elsewhere. */
export interface ProgressBar {
  update(fraction: number, rows: number): void
  finish(): void
}

const CELLS = 30
const REDRAW_MS = 100

export function createProgressBar(stream: NodeJS.WriteStream, title: string): ProgressBar {
  const started = performance.now()
  let drawn = 0
  const draw = (fraction: number, rows: number): void => {
    const full = Math.round(fraction * CELLS)
    const rate = Math.round(rows / ((performance.now() - started) / 1000))
    const bar = '█'.repeat(full) + '░'.repeat(CELLS - full)
    stream.write(
      `\r${title}  ${bar} ${String(Math.floor(fraction * 100)).padStart(3)}%  ${rows.toLocaleString('en-US')} rows, ${rate.toLocaleString('en-US')}/s\u001b[K`,
    )
  }
  return {
    update(fraction, rows) {
      if (!stream.isTTY || performance.now() - drawn < REDRAW_MS) return
      drawn = performance.now()
      draw(fraction, rows)
    },
    finish() {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}
